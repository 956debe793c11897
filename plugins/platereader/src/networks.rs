// SPDX-License-Identifier: MIT OR Apache-2.0
//! The networks that read plates: their configuration files, and how to decode their outputs.

use std::path::{Path, PathBuf};

use gst::glib;
use kit::nvinfer::NetworkConfig;
use meta::{Classification, Detection, Tensor};
use plates::{Alphabet, Emissions, Shape, TensorError, fold};

/// Why a network's outputs cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The configuration file is missing or no key file.
    #[error("{}: {cause}; readers names the nvinfer configuration files of the networks that read plates", file.display())]
    Config {
        /// The file.
        file: PathBuf,
        /// What GLib said.
        cause: glib::Error,
    },
    /// It names no label file.
    #[error(
        "{}: [property] labelfile-path is missing; it names the classes of the network, one a line, <blank> among them",
        file.display()
    )]
    NoLabels {
        /// The file.
        file: PathBuf,
    },
    /// Its label file is no alphabet.
    #[error(transparent)]
    Alphabet(#[from] plates::AlphabetError),
    /// Two networks have one id.
    #[error(
        "{} has gie-unique-id={component}, as an earlier one of readers; give each network its own",
        file.display()
    )]
    Twin {
        /// The file of the second.
        file: PathBuf,
        /// The id.
        component: u32,
    },
}

/// What form the output of a network has.
#[derive(Debug)]
enum Output {
    /// Probabilities, steps x classes of this alphabet.
    Tensor(Alphabet),
    /// Whole texts as labels of a classifier.
    Text,
}

/// One network that reads plates.
#[derive(Debug)]
pub struct Network {
    /// Its `gie-unique-id`.
    pub component: u32,
    output: Output,
}

impl Network {
    /// The networks of configuration files separated by semicolons.
    ///
    /// # Errors
    /// A file that is missing, no configuration, or without an alphabet; two files with one id.
    pub fn load_all(files: &str) -> Result<Vec<Self>, NetworkError> {
        let mut networks: Vec<Self> = Vec::new();
        for file in files
            .split(';')
            .map(str::trim)
            .filter(|file| !file.is_empty())
        {
            let network = Self::load(Path::new(file))?;
            if networks
                .iter()
                .any(|other| other.component == network.component)
            {
                return Err(NetworkError::Twin {
                    file: file.into(),
                    component: network.component,
                });
            }
            networks.push(network);
        }
        Ok(networks)
    }

    /// The network of one configuration file.
    ///
    /// # Errors
    /// When the file is missing, no configuration, or without an alphabet.
    pub fn load(file: &Path) -> Result<Self, NetworkError> {
        let config = NetworkConfig::load(file).map_err(|cause| NetworkError::Config {
            file: file.to_owned(),
            cause,
        })?;
        let output = if config.is_classifier() {
            Output::Text
        } else {
            let labels = config.label_file().map_err(|_| NetworkError::NoLabels {
                file: file.to_owned(),
            })?;
            Output::Tensor(Alphabet::load(&labels)?)
        };
        Ok(Self {
            component: config.component(),
            output,
        })
    }

    /// Whether it can read a shape. A network that outputs whole texts may read all.
    pub fn says(&self, shape: Shape) -> bool {
        match &self.output {
            Output::Tensor(alphabet) => alphabet.says(shape),
            Output::Text => true,
        }
    }

    /// The output of this network about `detection`; `None` if it has not inferred it.
    pub fn emissions(&self, detection: &Detection) -> Option<Result<Emissions, TensorError>> {
        match &self.output {
            Output::Tensor(alphabet) => {
                let mine = |tensor: &&Tensor| tensor.component == self.component;
                let tensor = detection.tensors.iter().find(mine)?;
                let classes = tensor.shape.last().copied().unwrap_or(0);
                Some(Emissions::new(alphabet, &tensor.data, classes))
            }
            Output::Text => {
                let mine = |answer: &&Classification| answer.component == self.component;
                let answer = detection.classifications.iter().find(mine)?;
                spell(&answer.label, answer.confidence)
            }
        }
    }
}

/// A text that a network is sure of by `confidence`, sign by sign; `None` if it has no sign of a number.
fn spell(text: &str, confidence: f32) -> Option<Result<Emissions, TensorError>> {
    let alphabet = Alphabet::shipped();
    // Signs that no number has say nothing; the others do.
    let shapes: Vec<_> = text
        .chars()
        .filter_map(|sign| fold(&sign.to_string()).ok())
        .flatten()
        .collect();
    if shapes.is_empty() {
        return None;
    }
    let classes = alphabet.len();
    let sure = confidence
        .clamp(0.05, 0.999)
        .powf(1.0 / shapes.len() as f32);
    let others = (1.0 - sure) / (classes - 1) as f32;
    let mut tensor = Vec::with_capacity(2 * shapes.len() * classes);
    for shape in shapes {
        let mut step = vec![others; classes];
        step[1 + shape.index()] = sure;
        tensor.extend(step);
        // A blank: the next sign is another one, even if it is equal.
        let mut gap = vec![0.0; classes];
        gap[0] = 1.0;
        tensor.extend(gap);
    }
    Some(Emissions::new(&alphabet, &tensor, classes))
}
