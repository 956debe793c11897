// SPDX-License-Identifier: MIT OR Apache-2.0
//! From pictures to findings: preprocessing, network, parser, clustering, all as one configuration says.

use std::path::Path;
use std::sync::Arc;

use meta::{BoundingBox, Classification, Detection, Tensor};

use crate::classifier;
use crate::cluster::cluster;
use crate::config::{Config, ConfigError, NetworkKind};
use crate::detector::{Grid, NetBox};
use crate::labels::{LabelError, Labels};
use crate::network::{Network, NetworkError, Output, OutputForm, Provider, RunError};
use crate::objects::{self, View};
use crate::preprocess::{Picture, PictureError, PixelRect, Preprocessing, Preprocessor};
use crate::runtime::{self, RuntimeError};

/// What the user may set beside the configuration file.
#[derive(Debug, Clone, Default)]
pub struct Options<'a> {
    /// The library of ONNX Runtime.
    pub library: Option<&'a Path>,
    /// Who does the work.
    pub provider: Provider,
    /// Threads of one run on the CPU, 0 for one per core.
    pub threads: usize,
    /// Instead of `batch-size`.
    pub batch_size: Option<usize>,
    /// Instead of `gie-unique-id`.
    pub component: Option<u32>,
}

/// Why inference cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration file.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The label file.
    #[error(transparent)]
    Labels(#[from] LabelError),
    /// ONNX Runtime.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The network.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// What a network says of one picture.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Findings {
    /// Boxes, in pixels of the frame.
    pub detections: Vec<Detection>,
    /// Answers about the picture as a whole.
    pub classifications: Vec<Classification>,
    /// Raw outputs, if they are wanted.
    pub tensors: Vec<Tensor>,
}

/// How the outputs are read.
#[derive(Debug)]
enum Decoder {
    Detector {
        grid: Grid,
        coverage: usize,
        boxes: usize,
    },
    Classifier,
    Tensors,
}

/// One network, ready to infer pictures.
#[derive(Debug)]
pub struct Engine {
    /// The configuration it follows.
    pub config: Config,
    /// What the user should know, though it works.
    pub warnings: Vec<String>,
    network: Network,
    labels: Labels,
    decoder: Decoder,
    preprocessor: Preprocessor,
    /// The input of a whole batch.
    input: Vec<f32>,
    /// The pictures fed and not yet inferred.
    staged: Vec<View>,
}

impl Engine {
    /// The labels of all classes, if the network is a detector.
    #[must_use]
    pub fn detector_labels(&self) -> Option<Arc<[Arc<str>]>> {
        let is_detector = self.config.kind == NetworkKind::Detector;
        is_detector.then(|| self.labels.classes(self.config.classes.len()))
    }

    /// Loads everything that the configuration in `file` names.
    ///
    /// # Errors
    /// When a file is missing or wrong, or when they do not fit each other.
    pub fn load(file: &Path, options: &Options<'_>) -> Result<Self, StartError> {
        let mut config = Config::load(file)?;
        if let Some(component) = options.component {
            config.component = component;
        }
        let labels = match &config.labels {
            Some(file) => {
                let labels = Labels::load(file)?;
                labels.check(file, config.classes.len())?;
                labels
            }
            None => Labels::default(),
        };
        let (runtime, other_library) = runtime::load(options.library)?;
        let batch = options.batch_size.unwrap_or(config.batch_size);
        let network = Network::load(&runtime, &config, options.provider, options.threads, batch)?;
        let decoder = decoder(&config, &network)?;
        config.notes.extend(network.fallbacks.iter().cloned());
        let mut warnings = config.warnings.clone();
        warnings.extend(other_library);
        warnings.extend(batch_warning(&network, batch));
        warnings.extend(
            config
                .outputs
                .iter()
                .filter_map(|name| missing_output(&config, &network, name)),
        );
        let [_, net_height, net_width] = network.input;
        let mut means = [0.0; 3];
        means[..config.offsets.len()].copy_from_slice(&config.offsets);
        let preprocessor = Preprocessor::new(Preprocessing {
            net_width,
            net_height,
            order: config.order,
            scale: config.scale,
            means,
            keep_aspect: config.keep_aspect,
            symmetric: config.symmetric,
            filter: config.filter,
        });
        Ok(Self {
            warnings,
            labels,
            decoder,
            preprocessor,
            input: vec![0.0; network.batch * network.input_len()],
            staged: Vec::with_capacity(network.batch),
            config,
            network,
        })
    }

    /// The provider that does the work.
    #[must_use]
    pub fn provider(&self) -> Provider {
        self.network.provider
    }

    /// Whether the batch is full: [`Self::infer`] before anything more is staged.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.staged.len() == self.network.batch
    }

    /// Feeds a picture, or the part of it inside `object` (left, top, width, height), into the next place of the batch.
    ///
    /// # Errors
    /// When nothing of it would remain or its planes are too short; the place stays free.
    pub fn stage(
        &mut self,
        picture: &Picture<'_>,
        object: Option<[f32; 4]>,
    ) -> Result<(), PictureError> {
        let (width, height) = (picture.width, picture.height);
        let whole = [0.0, 0.0, width as f32, height as f32];
        let [_, net_height, net_width] = self.network.input;
        let source = PixelRect::even(object.unwrap_or(whole), width, height).ok_or(
            PictureError::Vanishes {
                width,
                height,
                net_width,
                net_height,
            },
        )?;
        let len = self.network.input_len();
        let place = self.staged.len() * len;
        let letterbox =
            self.preprocessor
                .feed(picture, source, &mut self.input[place..place + len])?;
        self.staged.push(View {
            letterbox,
            width,
            height,
            origin: object.map_or((0.0, 0.0), |[left, top, ..]| (left, top)),
        });
        Ok(())
    }

    /// Runs the network on what was staged; the findings come in the same order.
    ///
    /// # Errors
    /// When ONNX Runtime fails; what was staged is forgotten all the same.
    pub fn infer(&mut self) -> Result<Vec<Findings>, RunError> {
        let staged = std::mem::take(&mut self.staged);
        let Self {
            config,
            network,
            labels,
            decoder,
            input,
            ..
        } = self;
        let forms = std::mem::take(&mut network.outputs);
        let result = network.run(input, staged.len(), |outputs| {
            let found = staged.iter().enumerate().map(|(index, view)| {
                let outputs: Vec<(&OutputForm, &[f32])> = forms
                    .iter()
                    .zip(outputs)
                    .map(|(form, output)| (form, part(output, form, index)))
                    .collect();
                findings(config, labels, decoder, view, &outputs)
            });
            found.collect()
        });
        network.outputs = forms;
        self.staged = staged;
        self.staged.clear();
        result
    }
}

/// The values of picture `index`; none if the network changed its mind about its outputs.
fn part<'a>(output: &Output<'a>, form: &OutputForm, index: usize) -> &'a [f32] {
    let len = form.len();
    output
        .values
        .get(index * len..(index + 1) * len)
        .unwrap_or_default()
}

/// What the outputs for one picture say, in pixels of its frame.
fn findings(
    config: &Config,
    labels: &Labels,
    decoder: &Decoder,
    view: &View,
    outputs: &[(&OutputForm, &[f32])],
) -> Findings {
    let mut findings = Findings::default();
    match decoder {
        Decoder::Detector {
            grid,
            coverage,
            boxes,
        } => {
            let mut found: Vec<NetBox> = Vec::new();
            grid.parse(outputs[*coverage].1, outputs[*boxes].1, &mut found);
            let clustered = cluster(&found, config.cluster, &config.classes);
            findings.detections = clustered
                .iter()
                .filter_map(|found| {
                    let [x, y, width, height] = objects::place(found, view, config)?;
                    Some(Detection::new(
                        config.component,
                        found.class as i32,
                        labels.class(found.class),
                        found.confidence,
                        BoundingBox {
                            x,
                            y,
                            width,
                            height,
                        },
                    ))
                })
                .collect();
        }
        Decoder::Classifier => {
            findings.classifications = classifier::answers(
                outputs
                    .iter()
                    .map(|(form, values)| (form.chw()[0], *values)),
                config.classifier_threshold,
                config.component,
                labels,
            );
        }
        Decoder::Tensors => {}
    }
    if config.attach_tensors {
        findings.tensors = outputs
            .iter()
            .map(|(form, values)| Tensor {
                component: config.component,
                name: form.name.clone(),
                shape: form.shape.clone(),
                data: Arc::from(*values),
            })
            .collect();
    }
    findings
}

/// How the outputs of `network` are to be read, or why they cannot be.
fn decoder(config: &Config, network: &Network) -> Result<Decoder, NetworkError> {
    match config.kind {
        NetworkKind::Classifier => return Ok(Decoder::Classifier),
        NetworkKind::Tensors => return Ok(Decoder::Tensors),
        NetworkKind::Detector => {}
    }
    let unfit = |problem| NetworkError::Unfit {
        model: config.model.clone(),
        problem,
    };
    let names: Vec<&str> = network.outputs.iter().map(|output| &*output.name).collect();
    // The last one wins, as in nvinfer.
    let find = |word: &str| {
        names.iter().rposition(|name| name.contains(word)).ok_or_else(|| {
            unfit(format!(
                "no output has \"{word}\" in its name (outputs: {}); the built-in parser reads one of coverages (cov) and \
                 one of boxes (bbox); network-type=100 attaches any outputs as they are",
                names.join(", ")
            ))
        })
    };
    let (coverage, boxes) = (find("cov")?, find("bbox")?);
    let [_, net_height, net_width] = network.input;
    let thresholds: Vec<f32> = config
        .classes
        .iter()
        .map(|class| class.pre_cluster_threshold)
        .collect();
    let (cov, bbox) = (
        network.outputs[coverage].chw(),
        network.outputs[boxes].chw(),
    );
    let grid = Grid::new(net_width, net_height, cov, bbox, &thresholds).map_err(unfit)?;
    Ok(Decoder::Detector {
        grid,
        coverage,
        boxes,
    })
}

/// A warning if the network cannot take the batches that are wanted.
fn batch_warning(network: &Network, wanted: usize) -> Option<String> {
    (network.batch_is_fixed && network.batch != wanted).then(|| {
        format!(
            "the network takes batches of exactly {}; batch-size={wanted} has no effect",
            network.batch
        )
    })
}

/// A warning if the network has no output of this name.
fn missing_output(config: &Config, network: &Network, name: &str) -> Option<String> {
    let missing = !network.outputs.iter().any(|output| &*output.name == name);
    missing.then(|| {
        format!(
            "{}: [property] output-blob-names: {} has no output {name}",
            config.file.display(),
            config.model.display()
        )
    })
}
