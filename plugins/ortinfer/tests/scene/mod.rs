// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures that the test networks understand, and the element that looks at them.
//!
//! `detector.onnx` sees cells of 8x8 pixels on 64x32: a red cell is a box of class 0, a blue one of class 1. The box reaches
//! 3.5 px to the left of and above the cell's anchor (its corner plus half a pixel) and 3.5 px right and down, plus 35 px
//! times the mean green.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::path::{Path, PathBuf};
use std::sync::Once;

use gst::prelude::*;
use gst_check::Harness;

pub const RED: [u8; 3] = [255, 0, 0];
pub const BLUE: [u8; 3] = [0, 0, 255];

/// GStreamer with the element, and ONNX Runtime.
pub fn init() {
    gstreamer();
    // A harness that cannot start only says that it cannot.
    if let Err(problem) = roundhouse_ortinfer::runtime::load(None) {
        panic!("these tests need ONNX Runtime, run scripts/setup.sh: {problem}");
    }
}

/// GStreamer with the element.
pub fn gstreamer() {
    static INIT: Once = Once::new();
    INIT.call_once(|| {
        gst::init().unwrap();
        let kind = roundhouse_ortinfer::OrtInfer::static_type();
        gst::Element::register(None, "ortinfer", gst::Rank::NONE, kind).unwrap();
    });
}

pub fn model(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/models")
        .join(name)
}

/// A configuration file in a folder of its own.
pub struct Config {
    pub path: PathBuf,
    folder: tempfile::TempDir,
}

impl Config {
    /// `more` follows the first lines of `[property]`.
    pub fn new(model_name: &str, more: &str) -> Self {
        Self::with_model(&model(model_name), more)
    }

    pub fn with_model(model: &Path, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config_infer.txt");
        std::fs::write(folder.path().join("labels.txt"), "red\nblue\n").unwrap();
        let text = format!("[property]\nonnx-file={}\n{more}", model.display());
        std::fs::write(&path, text).unwrap();
        Self { path, folder }
    }

    /// The detector of class 0 = "red" and 1 = "blue", plus `more`.
    pub fn detector(more: &str) -> Self {
        Self::new("detector.onnx", &format!("{DETECTOR}{more}"))
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Lines of a configuration that suit `detector.onnx`.
pub const DETECTOR: &str = "gie-unique-id=1\nnum-detected-classes=2\nlabelfile-path=labels.txt\n\
    net-scale-factor=0.0039215697906911373\nmaintain-aspect-ratio=1\ncluster-mode=2\n";

/// The element, looking with `config` on the CPU.
pub fn ortinfer(config: &Config) -> gst::Element {
    gst::ElementFactory::make("ortinfer")
        .property("config-file-path", config.path.to_str().unwrap())
        .property_from_str("provider", "cpu")
        .property("threads", 1u32)
        .build()
        .unwrap()
}

/// Caps of an RGB stream.
pub fn rgb_caps(width: i32, height: i32) -> gst::Caps {
    gst_video::VideoCapsBuilder::new()
        .format(gst_video::VideoFormat::Rgb)
        .width(width)
        .height(height)
        .framerate(gst::Fraction::new(5, 1))
        .build()
}

/// A black RGB picture with coloured cells; a cell is `cell` pixels wide and high and counted from the top left.
pub fn rgb(
    width: usize,
    height: usize,
    cell: usize,
    cells: &[(usize, usize, [u8; 3])],
) -> gst::Buffer {
    let stride = (width * 3).next_multiple_of(4);
    let mut pixels = vec![0u8; stride * height];
    for (column, row, color) in cells {
        for y in row * cell..(row + 1) * cell {
            for x in column * cell..(column + 1) * cell {
                pixels[y * stride + 3 * x..][..3].copy_from_slice(color);
            }
        }
    }
    gst::Buffer::from_slice(pixels)
}

/// `buffer` at `pts` milliseconds.
pub fn at(mut buffer: gst::Buffer, pts: u64) -> gst::Buffer {
    buffer
        .get_mut()
        .unwrap()
        .set_pts(gst::ClockTime::from_mseconds(pts));
    buffer
}

/// Class and box of each detection, rounded to a tenth of a pixel.
pub fn boxes(buffer: &gst::BufferRef) -> Vec<(i32, [f32; 4])> {
    let frame = meta::FrameInfo::of(buffer).expect("the frame is described");
    frame
        .detections
        .iter()
        .map(|found| {
            let bounds = found.bounding_box;
            let bounds = [bounds.x, bounds.y, bounds.width, bounds.height];
            (
                found.class_id,
                bounds.map(|value| (value * 10.0).round() / 10.0),
            )
        })
        .collect()
}

/// A counter of the element's `stats`.
pub fn stat(element: &gst::Element, name: &str) -> u64 {
    element
        .property::<gst::Structure>("stats")
        .get(name)
        .unwrap()
}

/// The element of `config` between two test pads.
pub fn harness(config: &Config) -> Harness {
    init();
    Harness::with_element(&ortinfer(config), Some("sink"), Some("src"))
}

/// The same, fed with RGB of this size.
pub fn rgb_harness(config: &Config, width: i32, height: i32) -> Harness {
    let mut harness = harness(config);
    harness.set_src_caps(rgb_caps(width, height));
    harness
}
