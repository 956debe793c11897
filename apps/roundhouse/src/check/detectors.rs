// SPDX-License-Identifier: MIT OR Apache-2.0
//! Detectors: whether position estimation understands their labels.

use std::path::Path;

use kit::labels::LabelReview;
use kit::nvinfer::NetworkConfig;
use ortinfer::labels::Labels;
use pipeline_text::Text;

use super::files::byte_order_mark;
use super::findings::Findings;
use super::graph::{Graph, Node, Setting};

/// Elements that run a network by an nvinfer configuration file.
const INFERENCE: [&str; 2] = ["ortinfer", "nvinfer"];

/// A network of the text whose files can be read; what else is wrong with files is said by others.
struct Network<'a> {
    file: &'a Setting,
    component: u32,
    label_file: std::path::PathBuf,
}

impl<'a> Network<'a> {
    /// The network that `node` runs.
    fn of(node: &'a Node, text: &Text) -> Option<Self> {
        if !INFERENCE.contains(&node.factory(text)) {
            return None;
        }
        let file = node.setting("config-file-path", text)?;
        let config = NetworkConfig::load(Path::new(file.value(text))).ok()?;
        let set: Option<u32> = node
            .setting("unique-id", text)
            .and_then(|id| id.value(text).parse().ok());
        Some(Self {
            file,
            component: set.filter(|id| *id > 0).unwrap_or(config.component()),
            label_file: config.label_file().ok()?,
        })
    }
}

/// What is wrong with the labels of the networks, and with those of the detectors that `locoposition` elements read.
pub fn findings(graph: &Graph, text: &Text) -> Findings {
    let mut findings = Findings::default();
    let networks: Vec<Network<'_>> = graph
        .nodes
        .iter()
        .filter_map(|node| Network::of(node, text))
        .collect();
    for network in &networks {
        let mark = byte_order_mark(&network.label_file);
        findings
            .warnings
            .extend(mark.map(|sentence| text.mistake(network.file.value.clone(), sentence)));
    }
    for node in &graph.nodes {
        if node.factory(text) != "locoposition" {
            continue;
        }
        let component = node
            .setting("component", text)
            .map_or(Ok(1), |component| component.value(text).parse());
        let detector = networks
            .iter()
            .find(|network| Ok(network.component) == component);
        if let Some(detector) = detector {
            judge(detector, text, &mut findings);
        }
    }
    findings
}

/// What position estimation makes of the labels of a detector.
fn judge(detector: &Network<'_>, text: &Text, findings: &mut Findings) {
    let Ok(labels) = Labels::load(&detector.label_file) else {
        return;
    };
    let labels = labels.classes(usize::MAX);
    let review = LabelReview::of(labels.iter().map(|label| &**label));
    let about = |sentence: String| {
        let sentence = format!("{}: {sentence}", detector.label_file.display());
        text.mistake(detector.file.value.clone(), sentence)
    };
    if review.finds_both_ends() {
        findings.warnings.extend(review.misspelt().map(about));
    } else {
        findings.mistakes.push(about(review.problem()));
    }
}
