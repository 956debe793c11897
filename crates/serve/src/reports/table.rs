// SPDX-License-Identifier: MIT OR Apache-2.0
//! A report: columns, rows, and what they are about.

use messages::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::csv;

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its key in the rows.
    pub key: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What its numbers are, such as `h`.
    pub unit: Option<&'static str>,
}

/// Columns and rows.
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Map<String, Value>>,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Its title.
    pub title: String,
    /// The facility.
    pub facility: String,
    /// The flow.
    pub flow: String,
    /// The begin of its span.
    pub from: Timestamp,
    /// The end of its span.
    pub to: Timestamp,
    /// The time zone of its days.
    pub timezone: String,
    /// Until when history is known; what is later is not in it.
    pub complete_until: Option<Timestamp>,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<Map<String, Value>>,
}

impl Table {
    /// A table without rows; each column is key, title and unit (empty: none).
    pub fn new(columns: &[(&'static str, &'static str, &'static str)]) -> Self {
        let column = |&(key, title, unit): &(&'static str, &'static str, &'static str)| Column {
            key,
            title,
            unit: (!unit.is_empty()).then_some(unit),
        };
        Self {
            columns: columns.iter().map(column).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row with the values of the columns in their order.
    pub fn push<const N: usize>(&mut self, values: [Value; N]) {
        let keys = self.columns.iter().map(|column| column.key.to_owned());
        self.rows.push(keys.zip(values).collect());
    }
}

impl Report {
    /// The rows as comma-separated values, with the keys of the columns as head.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let keys: Vec<&str> = self.columns.iter().map(|column| column.key).collect();
        let rows = self
            .rows
            .iter()
            .map(|row| keys.iter().map(|key| &row[*key]).collect());
        csv::table(&keys, rows)
    }

    /// The report as people read it in a terminal.
    #[must_use]
    pub fn to_text(&self) -> String {
        let head = self.columns.iter().map(|column| match column.unit {
            Some(unit) => format!("{}, {unit}", column.title),
            None => column.title.to_owned(),
        });
        let mut lines: Vec<Vec<String>> = vec![head.collect()];
        for row in &self.rows {
            lines.push(
                self.columns
                    .iter()
                    .map(|column| cell(&row[column.key]))
                    .collect(),
            );
        }
        let width = |at: usize| {
            lines
                .iter()
                .map(|line| line[at].chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let until = self
            .complete_until
            .map_or_else(|| "nothing".to_owned(), |until| until.to_string());
        let mut text = format!(
            "{}: {}, flow {}, {} to {} ({}), complete until {until}\n",
            self.title, self.facility, self.flow, self.from, self.to, self.timezone
        );
        for line in lines {
            let cells = line
                .iter()
                .zip(&widths)
                .map(|(cell, &width)| format!("{cell:<width$}"));
            text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
            text.push('\n');
        }
        text
    }
}

/// A value as people read it.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        // What was read from a picture may hold anything; a terminal is not to obey it.
        Value::String(text) => text
            .chars()
            .map(|c| if c.is_control() { '?' } else { c })
            .collect(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => other.to_string(),
    }
}
