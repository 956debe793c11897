// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every key that nvinfer knows, and what becomes of it here.

/// What becomes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// Read and followed.
    Honoured,
    /// Says how TensorRT builds, stores or runs its engine; without effect on what is found.
    Engine,
    /// Not followed here although it may change what is found; the text says what happens instead.
    Ignored(&'static str),
}

use Support::{Engine, Honoured, Ignored};

const NO_LIBRARY: &str = "libraries of C++ parsers are not loaded; the built-in parser is used";
const NO_SEGMENTS: &str = "segmentation networks are not decoded";
const OLD_FORMAT: &str = "Caffe and UFF models are not read, only onnx-file";

/// The keys of `[property]`.
pub const PROPERTY: &[(&str, Support)] = &[
    ("auto-inc-mem", Engine),
    ("batch-size", Honoured),
    (
        "classifier-async-mode",
        Ignored("a classifier is always waited for"),
    ),
    ("classifier-threshold", Honoured),
    (
        "classifier-type",
        Ignored("the classifier is named by gie-unique-id alone"),
    ),
    ("cluster-mode", Honoured),
    ("crop-objects-to-roi-boundary", Honoured),
    ("custom-lib-path", Ignored(NO_LIBRARY)),
    ("custom-network-config", Ignored(NO_LIBRARY)),
    ("disable-output-host-copy", Engine),
    ("dump-input-tensor", Ignored("tensors are not dumped")),
    ("dump-output-tensor", Ignored("tensors are not dumped")),
    ("dynamic-properties", Engine),
    ("enable-dbscan", Honoured),
    ("enable-dla", Engine),
    ("engine-create-func-name", Engine),
    ("filter-out-class-ids", Honoured),
    ("force-implicit-batch-dim", Engine),
    ("gie-unique-id", Honoured),
    ("gpu-id", Honoured),
    ("infer-dims", Honoured),
    ("input-dims", Ignored(OLD_FORMAT)),
    ("input-object-max-height", Honoured),
    ("input-object-max-width", Honoured),
    ("input-object-min-height", Honoured),
    ("input-object-min-width", Honoured),
    (
        "input-tensor-from-meta",
        Ignored("the frame is always preprocessed here"),
    ),
    ("int8-calib-file", Engine),
    ("interval", Honoured),
    ("ip-tensor-file", Ignored("tensors are not read from files")),
    ("is-classifier", Honoured),
    ("labelfile-path", Honoured),
    ("layer-device-precision", Engine),
    ("maintain-aspect-ratio", Honoured),
    ("max-gpu-mem-per", Engine),
    (
        "mean-file",
        Ignored("only offsets are subtracted; write the mean of each channel there"),
    ),
    ("model-color-format", Honoured),
    ("model-engine-file", Engine),
    ("model-file", Ignored(OLD_FORMAT)),
    ("net-scale-factor", Honoured),
    ("network-input-order", Honoured),
    ("network-mode", Honoured),
    ("network-type", Honoured),
    ("num-detected-classes", Honoured),
    ("offsets", Honoured),
    ("onnx-file", Honoured),
    (
        "op-tensor-files",
        Ignored("tensors are not read from files"),
    ),
    ("operate-on-class-ids", Honoured),
    ("operate-on-gie-id", Honoured),
    ("output-blob-names", Honoured),
    ("output-instance-mask", Ignored(NO_SEGMENTS)),
    ("output-io-formats", Engine),
    ("output-tensor-meta", Honoured),
    (
        "overwrite-input-tensor",
        Ignored("tensors are not read from files"),
    ),
    (
        "overwrite-output-tensor",
        Ignored("tensors are not read from files"),
    ),
    ("parse-bbox-func-name", Ignored(NO_LIBRARY)),
    ("parse-bbox-instance-mask-func-name", Ignored(NO_LIBRARY)),
    ("parse-classifier-func-name", Ignored(NO_LIBRARY)),
    ("parse-segmentation-func-name", Ignored(NO_LIBRARY)),
    ("process-mode", Honoured),
    ("proto-file", Ignored(OLD_FORMAT)),
    (
        "raw-output-file-write",
        Ignored("tensors are not dumped; output-tensor-meta=1 attaches them"),
    ),
    ("scaling-compute-hw", Engine),
    ("scaling-filter", Honoured),
    ("secondary-reinfer-interval", Honoured),
    ("segmentation-output-order", Ignored(NO_SEGMENTS)),
    ("segmentation-threshold", Ignored(NO_SEGMENTS)),
    ("stabilize-buffer-count", Ignored("no frame is dropped")),
    ("strongly-typed", Engine),
    ("symmetric-padding", Honoured),
    ("tensor-meta-pool-size", Engine),
    (
        "tlt-encoded-model",
        Ignored("encrypted models are not read, only onnx-file"),
    ),
    (
        "tlt-model-key",
        Ignored("encrypted models are not read, only onnx-file"),
    ),
    ("uff-file", Ignored(OLD_FORMAT)),
    ("uff-input-blob-name", Ignored(OLD_FORMAT)),
    ("uff-input-dims", Ignored(OLD_FORMAT)),
    ("uff-input-order", Ignored(OLD_FORMAT)),
    ("use-dla-core", Engine),
    ("warmup-engine", Engine),
    ("workspace-size", Engine),
];

const NO_COLOURS: &str = "boxes carry no colours here";

/// The keys of `[class-attrs-all]` and `[class-attrs-<n>]`.
pub const CLASS: &[(&str, Support)] = &[
    ("bg-color", Ignored(NO_COLOURS)),
    ("border-color", Ignored(NO_COLOURS)),
    ("dbscan-min-score", Honoured),
    ("detected-max-h", Honoured),
    ("detected-max-w", Honoured),
    ("detected-min-h", Honoured),
    ("detected-min-w", Honoured),
    ("eps", Honoured),
    (
        "group-threshold",
        Ignored(
            "rectangles are not grouped by OpenCV; cluster-mode 0 is NMS, as in nvinfer's default build",
        ),
    ),
    ("minBoxes", Honoured),
    ("nms-iou-threshold", Honoured),
    ("post-cluster-threshold", Honoured),
    ("pre-cluster-threshold", Honoured),
    ("roi-bottom-offset", Honoured),
    ("roi-top-offset", Honoured),
    ("threshold", Honoured),
    ("topk", Honoured),
];

/// The names of a table.
pub fn names_of(table: &[(&'static str, Support)]) -> impl Iterator<Item = &'static str> {
    table.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_and_say_each_key_once() {
        for table in [PROPERTY, CLASS] {
            assert!(table.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_recognised() {
        let nearest = |name| names::nearest(name, names_of(PROPERTY));
        assert_eq!(nearest("cluster_mode"), Some("cluster-mode"));
        assert_eq!(nearest("onxx-file"), Some("onnx-file"));
        assert_eq!(nearest("zzzzzzzzzzzzzzzzzzzzzz"), None);
    }
}
