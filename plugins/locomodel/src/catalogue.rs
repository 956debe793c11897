// SPDX-License-Identifier: MIT OR Apache-2.0
//! The labels of a classifier of locomotive models, and how to read its results.

use std::path::{Path, PathBuf};

use gst::glib;
use kit::nvinfer::NetworkConfig;
use messages::ModelCandidate;
use meta::Detection;

/// The label of what is no locomotive of the catalogue.
pub const OTHER: &str = "other";

/// Why a classifier's results cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The configuration file is missing or no key file.
    #[error("{}: {cause}; classifier names the nvinfer configuration file of the network", file.display())]
    Config {
        /// The file.
        file: PathBuf,
        /// What GLib said.
        cause: glib::Error,
    },
    /// The label file cannot be read, or is no text.
    #[error("{}: {cause}; labelfile-path names a UTF-8 text of one line, the models separated by semicolons", file.display())]
    Labels {
        /// The file.
        file: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// It names no models.
    #[error("{}: no labels; write the models in one line, separated by semicolons", file.display())]
    Empty {
        /// The file.
        file: PathBuf,
    },
}

/// The result of a classifier about one detection.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Models and their probabilities, the best first.
    Models(Vec<ModelCandidate>),
    /// No locomotive of the catalogue.
    Other,
    /// A tensor with another number of values than there are labels, or with values that are no probabilities.
    Unfit {
        /// Values found.
        found: usize,
        /// Labels.
        expected: usize,
    },
}

/// The models that a classifier knows.
#[derive(Debug)]
pub struct Catalogue {
    component: u32,
    labels: Vec<String>,
}

impl Catalogue {
    /// `gie-unique-id` of the classifier.
    pub fn component(&self) -> u32 {
        self.component
    }

    /// Reads the nvinfer configuration file of the classifier and its label file.
    ///
    /// # Errors
    /// When the file or its labels are missing or malformed.
    pub fn load(file: &Path) -> Result<Self, CatalogueError> {
        let refusal = |cause| CatalogueError::Config {
            file: file.to_owned(),
            cause,
        };
        let config = NetworkConfig::load(file).map_err(refusal)?;
        let path = config.label_file().map_err(refusal)?;
        let text = std::fs::read_to_string(&path).map_err(|cause| CatalogueError::Labels {
            file: path.clone(),
            cause,
        })?;
        let line = text.lines().find(|line| !line.trim().is_empty());
        let labels: Vec<String> = line
            .into_iter()
            .flat_map(|line| line.split(';'))
            .map(|label| label.trim().to_owned())
            .collect();
        if labels.is_empty() {
            return Err(CatalogueError::Empty { file: path });
        }
        Ok(Self {
            component: config.component(),
            labels,
        })
    }

    /// Those labels that `models` do not have, `other` aside.
    pub fn unknown<'a>(&'a self, models: &[&str]) -> Vec<&'a str> {
        let labels = self.labels.iter().map(String::as_str);
        labels
            .filter(|label| *label != OTHER && !models.contains(label))
            .collect()
    }

    /// The result about `detection`; `None` if there is none. Without tensors only the best model of a result is known.
    pub fn answer(&self, detection: &Detection) -> Option<Answer> {
        let tensor = detection
            .tensors
            .iter()
            .find(|tensor| tensor.component == self.component);
        let named = if let Some(tensor) = tensor {
            let legal = tensor.data.iter().all(|p| (-0.01..=1.01).contains(p));
            if tensor.data.len() != self.labels.len() || !legal {
                return Some(Answer::Unfit {
                    found: tensor.data.len(),
                    expected: self.labels.len(),
                });
            }
            let values = tensor.data.iter().copied();
            self.labels.iter().cloned().zip(values).collect::<Vec<_>>()
        } else {
            let answer = detection
                .classifications
                .iter()
                .find(|answer| answer.component == self.component)?;
            vec![(answer.label.to_string(), answer.confidence)]
        };
        Some(ranked(named))
    }
}

/// The models by their probability, unless the best label is `other`.
fn ranked(mut named: Vec<(String, f32)>) -> Answer {
    named.sort_by(|a, b| b.1.total_cmp(&a.1));
    if named.first().is_none_or(|(label, _)| label == OTHER) {
        return Answer::Other;
    }
    let models = named
        .into_iter()
        .filter(|(label, _)| label != OTHER)
        .map(|(model, p)| ModelCandidate {
            model,
            p: f64::from(p.clamp(0.0, 1.0)),
        });
    Answer::Models(models.collect())
}
