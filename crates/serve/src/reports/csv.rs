// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tables as comma-separated values (RFC 4180).

use serde_json::Value;

/// Objects as a table with these of their keys as columns.
pub fn of_objects(columns: &[&str], rows: &[Value]) -> String {
    let cells = rows
        .iter()
        .map(|row| columns.iter().map(|column| &row[*column]).collect());
    table(columns, cells)
}

/// A table with these columns.
pub fn table<'a>(columns: &[&str], rows: impl Iterator<Item = Vec<&'a Value>>) -> String {
    let head: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
    let mut text = head.join(",") + "\r\n";
    for row in rows {
        let cells: Vec<String> = row.into_iter().map(cell).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

/// A value as a cell.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => quoted(text),
        Value::Array(_) | Value::Object(_) => quoted(&value.to_string()),
        other => other.to_string(),
    }
}

/// A text as a cell. One that a spreadsheet would take for a formula gets an apostrophe in front: texts of cameras are not trusted.
fn quoted(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cells_are_quoted_where_needed() {
        let rows = [
            json!({"a": 1.5, "b": "x,\"y\"", "c": null}),
            json!({"a": null, "b": "=1+1", "c": "z"}),
        ];
        assert_eq!(
            of_objects(&["a", "b", "c"], &rows),
            "a,b,c\r\n1.5,\"x,\"\"y\"\"\",\r\n,'=1+1,z\r\n"
        );
    }
}
