// SPDX-License-Identifier: MIT OR Apache-2.0
//! What really stood where: one JSON object per line.

use messages::Timestamp;
use serde::{Deserialize, Serialize};

/// The truth at one instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// The instant.
    pub time: Timestamp,
    /// Every locomotive, those that straddle a gate too.
    pub locomotives: Vec<TrueLocomotive>,
}

impl Truth {
    /// The line of a truth file, without a line feed.
    pub fn to_json(&self) -> String {
        // Writing text to memory fails for maps with keys that are no texts, and here are none.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// One real locomotive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrueLocomotive {
    /// Its name.
    pub id: String,
    /// The track's id.
    pub track: String,
    /// Where its head is, metres along the track.
    pub head: f64,
    /// Where its tail is, metres along the track.
    pub tail: f64,
    /// Metres per second towards larger s.
    pub velocity: f64,
    /// Wholly between the ends of the track; otherwise it is optional.
    pub inside: bool,
    /// Its model.
    #[serde(default)]
    pub model: Option<String>,
    /// Its running number.
    #[serde(default)]
    pub plate: Option<String>,
}

impl TrueLocomotive {
    /// Low and high end, metres along the track.
    pub fn span(&self) -> (f64, f64) {
        (self.head.min(self.tail), self.head.max(self.tail))
    }
}

/// A line that is no truth.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "truth, line {line}: {reason}; expected {{\"time\":…,\"locomotives\":[{{\"id\",\"track\",\"head\",\"tail\",\"velocity\",\"inside\"}}]}}"
)]
pub struct TruthError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

/// Reads a file of truth; empty lines are skipped.
///
/// # Errors
/// The first line that is no truth, or whose numbers are none.
pub fn read_truth(text: &str) -> Result<Vec<Truth>, TruthError> {
    let mut all = Vec::new();
    for (index, line) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
    {
        let truth: Truth = serde_json::from_str(line).map_err(|error| TruthError {
            line: index + 1,
            reason: error.to_string(),
        })?;
        all.push(truth);
    }
    Ok(all)
}
