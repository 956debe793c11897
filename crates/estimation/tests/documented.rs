// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every constant of the model stands in the documentation with its value and what is said of it in the source.

const SOURCE: &str = include_str!("../src/fse/constants.rs");
const DOCUMENT: &str = include_str!("../../../docs/estimation.md");

#[test]
fn constants_are_documented() {
    let mut said = String::new();
    let mut known = 0;
    for line in SOURCE.lines() {
        if let Some(text) = line.strip_prefix("/// ") {
            said = format!("{said} {text}").trim_start().to_owned();
        } else if let Some(constant) = line.strip_prefix("pub(crate) const ") {
            let (name, rest) = constant.split_once(": ").expect(line);
            let value = rest.split_once(" = ").expect(line).1.trim_end_matches(';');
            let row = format!(
                "| `{name}` | {value} | {} |",
                said.replace("[`", "`").replace("`]", "`")
            );
            assert!(
                DOCUMENT.contains(&row),
                "docs/estimation.md lacks the row\n{row}"
            );
            said.clear();
            known += 1;
        } else {
            said.clear();
        }
    }
    assert!(known > 100, "{known} constants read");
}
