// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where two flows differ.

use serde_json::json;
use store::StoreError;

use super::spans::rounded;
use super::subject::Subject;
use super::table::Table;
use crate::flow_difference::between;

/// Every disagreement, the longest first.
pub fn flows(subject: &Subject) -> Result<Table, StoreError> {
    let mut differences = between(subject.store, &subject.scope, &subject.other, subject.span)?;
    differences.sort_by_key(|difference| std::cmp::Reverse(difference.to.since(difference.from)));
    let mut table = Table::new(&[
        ("from", "From", ""),
        ("to", "To", ""),
        ("seconds", "Duration", "s"),
        ("track", "Track", ""),
        ("what", "What", ""),
        ("a", "First flow", ""),
        ("b", "Second flow", ""),
    ]);
    for difference in differences {
        let seconds = difference.to.seconds_since(difference.from);
        table.push([
            json!(difference.from),
            json!(difference.to),
            rounded(seconds, 1),
            json!(difference.track),
            json!(difference.what),
            json!(difference.a),
            json!(difference.b),
        ]);
    }
    Ok(table)
}
