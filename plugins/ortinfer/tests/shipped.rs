// SPDX-License-Identifier: MIT OR Apache-2.0
//! The configurations in `models/trt` by nvinfer's rules: a key that nvinfer would only print a line about is a failure here.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

use std::path::{Path, PathBuf};

use gst::glib::KeyFile;
use roundhouse_ortinfer::config::{CLASS, Config, NetworkKind, PROPERTY, Subject};

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/trt")
}

/// The configuration of every network.
fn configurations() -> Vec<PathBuf> {
    let folders = std::fs::read_dir(models()).unwrap();
    let mut files: Vec<PathBuf> = folders
        .map(|entry| entry.unwrap().path().join("config_infer.txt"))
        .filter(|file| file.exists())
        .collect();
    files.sort();
    files
}

/// What is wrong with a configuration that stands at `file`.
fn problems(text: &str, file: &Path) -> Vec<String> {
    let config = match Config::parse(text, file) {
        Ok(config) => config,
        Err(error) => return vec![error.to_string()],
    };
    let mut problems = config.warnings.clone();
    let mut demand = |holds: bool, problem: &str| {
        if !holds {
            problems.push(format!("{}: {problem}", file.display()));
        }
    };
    let keys = KeyFile::new();
    keys.load_from_data(text, gst::glib::KeyFileFlags::NONE)
        .unwrap();
    let value = |key| {
        keys.string("property", key)
            .ok()
            .map(|text| text.to_string())
    };
    let number = |key| keys.integer("property", key).ok();

    demand(
        value("gie-unique-id").is_some(),
        "gie-unique-id: other files name the network by it",
    );
    let precision = match number("network-mode") {
        Some(0) => "fp32",
        Some(1) => "int8",
        Some(2) => "fp16",
        _ => "network-mode is no precision",
    };
    // nvinfer's name for what it builds: any other one is built again at every start.
    let engine = format!(
        "{}_b{}_gpu{}_{precision}.engine",
        value("onnx-file").unwrap_or_default(),
        config.batch_size,
        config.gpu
    );
    demand(
        value("model-engine-file").as_deref() == Some(&*engine),
        &format!("model-engine-file is not {engine}"),
    );
    demand(
        value("batch-size").is_some() && config.batch_size <= 1024,
        "batch-size",
    );
    demand(config.infer_dims.is_some(), "infer-dims");
    demand(!config.outputs.is_empty(), "output-blob-names");
    demand(
        config.labels.as_ref().is_some_and(|labels| labels.exists()),
        "labelfile-path",
    );
    demand(config.offsets.len() == 3, "offsets");
    if let Ok(model) = std::fs::read(&config.model) {
        for output in &config.outputs {
            let named = model
                .windows(output.len())
                .any(|bytes| bytes == output.as_bytes());
            demand(
                named,
                &format!("output-blob-names: the model has no {output}"),
            );
        }
    } else {
        // One is not in the repository: scripts/setup.sh brings it.
        demand(
            file.parent().unwrap().ends_with("platereader-ppocr"),
            "onnx-file",
        );
    }
    match config.kind {
        NetworkKind::Detector => {
            demand(
                value("cluster-mode").is_some(),
                "cluster-mode: 0 is not what it says",
            );
            let labels = config.labels.as_ref();
            let labels = labels.and_then(|labels| std::fs::read_to_string(labels).ok());
            let classes = labels.map(|labels| labels.lines().count());
            demand(classes == Some(config.classes.len()), "one label per class");
        }
        NetworkKind::Classifier => {
            demand(
                value("classifier-threshold").is_some(),
                "classifier-threshold",
            );
            demand(config.attach_tensors, "output-tensor-meta");
        }
        NetworkKind::Tensors => demand(config.attach_tensors, "output-tensor-meta"),
    }
    if matches!(config.subject, Subject::Objects(_)) {
        for key in ["operate-on-gie-id", "operate-on-class-ids"] {
            demand(value(key).is_some(), key);
        }
    }
    problems
}

#[test]
fn every_configuration_is_whole() {
    let files = configurations();
    assert_eq!(files.len(), 4, "{files:?}");
    let mut components = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(problems(&text, &file), Vec::<String>::new());
        components.push(Config::load(&file).unwrap().component);
    }
    components.sort_unstable();
    assert!(
        components.is_sorted_by(|a, b| a < b),
        "one id per network: {components:?}"
    );
}

#[test]
fn a_misspelt_key_is_found_wherever_it_stands() {
    let mut misspelt = 0;
    for file in configurations() {
        let text = std::fs::read_to_string(&file).unwrap();
        for (key, _) in PROPERTY.iter().chain(CLASS) {
            let Some(rest) = text.split_once(&format!("\n{key}=")) else {
                continue;
            };
            // Without its third letter.
            let wrong = format!("{}{}", &key[..2], &key[3..]);
            let text = format!("{}\n{wrong}={}", rest.0, rest.1);
            // The line that the key stood in: one after the line break that is split off.
            let line = rest.0.matches('\n').count() + 2;
            let place = format!("{}:{line}:", file.canonicalize().unwrap().display());
            let said = problems(&text, &file.canonicalize().unwrap()).join("\n");
            for part in [&place, &wrong, &format!("did you mean {key}?")] {
                assert!(said.contains(part), "{part} is not in {said}");
            }
            misspelt += 1;
        }
    }
    assert!(misspelt > 50, "{misspelt}");
}

#[test]
fn values_that_nvinfer_would_refuse_or_misread() {
    let file = models().join("locodetector/config_infer.txt");
    let good = std::fs::read_to_string(&file).unwrap();
    for (from, to) in [
        ("batch-size=8", "batch-size=0"),
        ("network-mode=2", "network-mode=7"),
        ("cluster-mode=2", "cluster-mode=9"),
        ("process-mode=1", "process-mode=3"),
        ("offsets=0;0;0", "offsets=0;0"),
        ("batch-size=8", "batch-size=16"),
        ("network-mode=2", "network-mode=0"),
        ("model.onnx\n", "model.onnx # the network\n"),
        (
            "maintain-aspect-ratio=1",
            "maintain-aspect-ratio=1 # letterbox",
        ),
        ("output_bbox", "output_box_"),
        ("labels.txt", "label.txt"),
        ("topk=60", "topk=-1"),
    ] {
        assert!(good.contains(from), "{from}");
        let bad = good.replacen(from, to, 1);
        assert!(!problems(&bad, &file).is_empty(), "{to}");
    }
}
