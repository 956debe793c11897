// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a classifier of models says, by its configuration file.

use std::path::{Path, PathBuf};

use gst::glib;
use messages::ModelCandidate;
use meta::Detection;

/// The label of what is no locomotive of the catalogue.
pub const OTHER: &str = "other";

/// Why a classifier's answers cannot be read.
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

/// What a classifier says of one detection.
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

/// `gie-unique-id` of an nvinfer that was not given one.
const NVINFER_DEFAULT_COMPONENT: u32 = 15;

impl Catalogue {
    /// `gie-unique-id` of the classifier.
    pub fn component(&self) -> u32 {
        self.component
    }

    /// By the nvinfer configuration file of the classifier.
    ///
    /// # Errors
    /// When the file or its labels are missing or malformed.
    pub fn load(file: &Path) -> Result<Self, CatalogueError> {
        let keys = glib::KeyFile::new();
        let config = |cause| CatalogueError::Config {
            file: file.to_owned(),
            cause,
        };
        keys.load_from_file(file, glib::KeyFileFlags::NONE)
            .map_err(config)?;
        let component = keys
            .integer("property", "gie-unique-id")
            .ok()
            .and_then(|id| u32::try_from(id).ok())
            .unwrap_or(NVINFER_DEFAULT_COMPONENT);
        let labels = keys.string("property", "labelfile-path").map_err(config)?;
        let folder = file.parent().unwrap_or(Path::new(""));
        let path = folder.join(labels.trim());
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
        Ok(Self { component, labels })
    }

    /// Those labels that `models` do not have, `other` aside.
    pub fn unknown<'a>(&'a self, models: &[&str]) -> Vec<&'a str> {
        let labels = self.labels.iter().map(String::as_str);
        labels
            .filter(|label| *label != OTHER && !models.contains(label))
            .collect()
    }

    /// What was said of `detection` now; `None` if nothing was. Of a classifier without tensors only its best answer is known.
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
