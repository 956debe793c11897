// SPDX-License-Identifier: MIT OR Apache-2.0
//! nvinfer's configuration files: the same keys, read by GLib's own key file parser as nvinfer does.

mod keys;
mod section;

use std::path::{Path, PathBuf};

use gst::glib;
use names::nearest;

pub use keys::{CLASS, PROPERTY, Support, names_of};
pub use section::ConfigError;
use section::Section;

use crate::preprocess::{ChannelOrder, Filter};

/// What a network is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkKind {
    /// Boxes, by nvinfer's built-in parser (`network-type=0`).
    Detector,
    /// One answer per output (`network-type=1`).
    Classifier,
    /// Nothing is decoded; the outputs are attached as they are (`network-type=100`).
    Tensors,
}

/// What a network infers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Whole frames (`process-mode=1`).
    Frames,
    /// What another component has found (`process-mode=2`).
    Objects(ObjectFilter),
}

/// Which objects a secondary network infers. Sizes are pixels of the frame.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObjectFilter {
    /// `operate-on-gie-id`; `None` for all.
    pub component: Option<u32>,
    /// `operate-on-class-ids`; empty for all.
    pub classes: Vec<i32>,
    /// `input-object-min-width` and `-height`.
    pub min: (u32, u32),
    /// `input-object-max-width` and `-height`; 0 for any.
    pub max: (u32, u32),
}

/// When a secondary network infers again an object that it has inferred (`secondary-reinfer-interval`, in frames).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reinference {
    /// In every frame: a detector, or a network of which nothing is decoded, without the key.
    Always,
    /// The same with the key: when more frames than these have passed.
    After(u32),
    /// A classifier: when the object has grown by a fifth, or more frames than these have passed; its answers are repeated
    /// until then.
    Classifier(u32),
}

/// How boxes that mean the same object become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClusterMode {
    /// `cluster-mode=0`: `OpenCV`'s grouping, which nvinfer's default build lacks; it is NMS at IoU 0.5 with 20 boxes then.
    Groups,
    /// `cluster-mode=1`.
    Dbscan,
    /// `cluster-mode=2`: non-maximum suppression.
    Nms,
    /// `cluster-mode=3`: DBSCAN against noise, then NMS.
    Hybrid,
    /// `cluster-mode=4`.
    None,
}

/// Thresholds of one class (`[class-attrs-*]`). Sizes are pixels of the frame.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassAttributes {
    /// Cells below this confidence are no boxes.
    pub pre_cluster_threshold: f32,
    /// Clusters not above this confidence are dropped.
    pub post_cluster_threshold: f32,
    /// Largest intersection over union of two boxes that stay.
    pub nms_iou_threshold: f32,
    /// Most boxes; `None` for all.
    pub top_k: Option<usize>,
    /// DBSCAN: largest distance (1 - `IoU`) of neighbours, exclusive.
    pub eps: f32,
    /// DBSCAN: fewest boxes of a cluster; 0 switches clustering off.
    pub min_boxes: usize,
    /// DBSCAN: smallest sum of confidences.
    pub dbscan_min_score: f32,
    /// Boxes may not begin above this row.
    pub roi_top_offset: u32,
    /// Boxes may not end below the frame's bottom less this many rows.
    pub roi_bottom_offset: u32,
    /// Least width and height.
    pub min: (u32, u32),
    /// Greatest width and height; 0 for any.
    pub max: (u32, u32),
}

impl Default for ClassAttributes {
    fn default() -> Self {
        Self {
            pre_cluster_threshold: 0.2,
            post_cluster_threshold: 0.0,
            nms_iou_threshold: 0.3,
            top_k: None,
            eps: 0.0,
            min_boxes: 0,
            dbscan_min_score: 0.0,
            roi_top_offset: 0,
            roi_bottom_offset: 0,
            min: (0, 0),
            max: (0, 0),
        }
    }
}

/// A configuration, checked.
#[derive(Debug, Clone, PartialEq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "the file's own switches, each independent of the others"
)]
pub struct Config {
    /// The file it was read from, symbolic links resolved.
    pub file: PathBuf,
    /// `gie-unique-id`.
    pub component: u32,
    /// `process-mode` and what belongs to it.
    pub subject: Subject,
    /// `secondary-reinfer-interval`.
    pub reinference: Reinference,
    /// `network-type`.
    pub kind: NetworkKind,
    /// Whether `network-mode` allows half precision, for TensorRT.
    pub half_precision: bool,
    /// `gpu-id`.
    pub gpu: i32,
    /// `batch-size`.
    pub batch_size: usize,
    /// `interval`: buffers that pass between two that are inferred.
    pub interval: u32,
    /// `onnx-file`.
    pub model: PathBuf,
    /// `labelfile-path`.
    pub labels: Option<PathBuf>,
    /// `infer-dims`: channels, height, width.
    pub infer_dims: Option<[usize; 3]>,
    /// `model-color-format`.
    pub order: ChannelOrder,
    /// `net-scale-factor`.
    pub scale: f32,
    /// `offsets`; empty or one per channel.
    pub offsets: Vec<f32>,
    /// `maintain-aspect-ratio`.
    pub keep_aspect: bool,
    /// `symmetric-padding`.
    pub symmetric: bool,
    /// `scaling-filter`.
    pub filter: Filter,
    /// `output-blob-names`.
    pub outputs: Vec<String>,
    /// `output-tensor-meta`.
    pub attach_tensors: bool,
    /// `cluster-mode`.
    pub cluster: ClusterMode,
    /// `filter-out-class-ids`.
    pub filter_out: Vec<i32>,
    /// `crop-objects-to-roi-boundary`.
    pub crop_to_roi: bool,
    /// `classifier-threshold`.
    pub classifier_threshold: f32,
    /// One per class of a detector (`num-detected-classes`).
    pub classes: Vec<ClassAttributes>,
    /// Keys that are not followed, and why, for the user to read.
    pub warnings: Vec<String>,
    /// Keys that concern TensorRT's engine only, and the like: for the log.
    pub notes: Vec<String>,
}

impl Config {
    /// Reads `file`.
    ///
    /// # Errors
    /// When it cannot be read, is no key file, or a value is missing, malformed or out of range.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        let unreadable = |cause| ConfigError::Unreadable {
            file: file.to_owned(),
            cause,
        };
        // nvinfer starts relative paths where the file really is.
        let real = std::fs::canonicalize(file).map_err(unreadable)?;
        let text = std::fs::read(&real).map_err(unreadable)?;
        Self::parse(&String::from_utf8_lossy(&text), &real)
    }

    /// Reads `text`, the content of `file`.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn parse(text: &str, file: &Path) -> Result<Self, ConfigError> {
        if file.extension().is_some_and(|ending| {
            ending.eq_ignore_ascii_case("yml") || ending.eq_ignore_ascii_case("yaml")
        }) {
            return Err(ConfigError::Yaml {
                file: file.to_owned(),
            });
        }
        let keys = key_file(text).map_err(|cause| ConfigError::Syntax {
            file: file.to_owned(),
            cause,
        })?;
        let section = |group: &str| Section {
            file,
            text,
            keys: &keys,
            group: group.to_owned(),
        };
        if !keys.has_group("property") {
            return Err(ConfigError::Group {
                file: file.to_owned(),
                group: "property".to_owned(),
                problem: "is missing; it names the network".to_owned(),
            });
        }
        let property = section("property");
        let mut config =
            Self::from_property(&property).map_err(|error| blame_misspelt(&property, error))?;
        config.check_keys(&property, PROPERTY);
        for group in keys.groups().iter().map(ToString::to_string) {
            if group == "property" {
                continue;
            }
            if group.strip_prefix("class-attrs-").is_some() {
                config.check_keys(&section(&group), CLASS);
            } else {
                config.warnings.push(format!(
                    "{}: [{group}] is unknown and was ignored",
                    file.display()
                ));
            }
        }
        if config.kind == NetworkKind::Detector {
            config.read_classes(&keys, section)?;
        }
        Ok(config)
    }

    /// Reads the group `[property]`.
    fn from_property(property: &Section<'_>) -> Result<Self, ConfigError> {
        let flag = |key| Ok(property.boolean(key)?.unwrap_or(false));
        let size = |key| Ok(property.integer(key, 0..=i32::MAX)?.unwrap_or(0) as u32);
        let kind = network_kind(property)?;
        let order = match property.integer("model-color-format", 0..=2)?.unwrap_or(0) {
            0 => ChannelOrder::Rgb,
            1 => ChannelOrder::Bgr,
            _ => ChannelOrder::Gray,
        };
        let offsets = property.numbers("offsets")?;
        if !offsets.is_empty() && offsets.len() != order.channels() {
            return Err(property.error(
                "offsets",
                format!(
                    "{} numbers for {} channels; write one per channel",
                    offsets.len(),
                    order.channels()
                ),
            ));
        }
        if property.integer("network-input-order", 0..=1)? == Some(1) {
            return Err(property.error(
                "network-input-order",
                "inputs with the channels last are not supported; export the network with NCHW inputs",
            ));
        }
        let mut warnings = Vec::new();
        let filter = scaling_filter(property, &mut warnings)?;
        let classes = property
            .integer("num-detected-classes", 0..=MOST_CLASSES)?
            .unwrap_or(0);
        if kind == NetworkKind::Detector && classes == 0 {
            return Err(property.error(
                "num-detected-classes",
                "a detector needs the number of its classes, 1 or more",
            ));
        }
        Ok(Self {
            file: property.file.to_owned(),
            component: property
                .integer("gie-unique-id", 1..=i32::MAX)?
                .unwrap_or(NVINFER_DEFAULT_COMPONENT) as u32,
            subject: match property.integer("process-mode", 1..=2)?.unwrap_or(1) {
                1 => Subject::Frames,
                _ => Subject::Objects(ObjectFilter {
                    component: property
                        .integer("operate-on-gie-id", -1..=i32::MAX)?
                        .and_then(|id| u32::try_from(id).ok()),
                    classes: property.integers("operate-on-class-ids")?,
                    min: (
                        size("input-object-min-width")?,
                        size("input-object-min-height")?,
                    ),
                    max: (
                        size("input-object-max-width")?,
                        size("input-object-max-height")?,
                    ),
                }),
            },
            reinference: reinference(property, kind)?,
            kind,
            half_precision: property.integer("network-mode", 0..=3)?.unwrap_or(0) >= 2,
            gpu: property.integer("gpu-id", 0..=i32::MAX)?.unwrap_or(0),
            batch_size: property.integer("batch-size", 1..=1024)?.unwrap_or(1) as usize,
            interval: size("interval")?,
            model: property.path("onnx-file")?.ok_or_else(|| {
                property.error(
                    "onnx-file",
                    "is missing; it names the network, a path relative to this file",
                )
            })?,
            labels: property.path("labelfile-path")?,
            infer_dims: infer_dims(property)?,
            order,
            scale: property
                .number(
                    "net-scale-factor",
                    f64::from(f32::MIN)..=f64::from(f32::MAX),
                )?
                .unwrap_or(1.0),
            offsets,
            keep_aspect: flag("maintain-aspect-ratio")?,
            symmetric: flag("symmetric-padding")?,
            filter,
            outputs: property.words("output-blob-names")?,
            attach_tensors: flag("output-tensor-meta")? || kind == NetworkKind::Tensors,
            cluster: cluster_mode(property)?,
            filter_out: property.integers("filter-out-class-ids")?,
            crop_to_roi: flag("crop-objects-to-roi-boundary")?,
            classifier_threshold: property
                .number("classifier-threshold", 0.0..=1.0)?
                .unwrap_or(0.0),
            classes: vec![ClassAttributes::default(); classes as usize],
            warnings,
            notes: Vec::new(),
        })
    }

    /// `[class-attrs-all]` first, then single classes over it.
    fn read_classes<'a>(
        &mut self,
        keys: &glib::KeyFile,
        section: impl Fn(&str) -> Section<'a>,
    ) -> Result<(), ConfigError> {
        let all = section("class-attrs-all");
        for class in &mut self.classes {
            class.update(&all)?;
        }
        for group in keys.groups().iter().map(ToString::to_string) {
            let Some(index) = group
                .strip_prefix("class-attrs-")
                .filter(|index| *index != "all")
            else {
                continue;
            };
            let count = self.classes.len();
            let class = index
                .parse::<usize>()
                .ok()
                .and_then(|index| self.classes.get_mut(index))
                .ok_or_else(|| ConfigError::Group {
                    file: self.file.clone(),
                    group: group.clone(),
                    problem: format!(
                        "there is no such class; num-detected-classes={count} means classes 0 to {}",
                        count - 1
                    ),
                })?;
            class.update(&section(&group))?;
        }
        Ok(())
    }

    /// Collects what is to be said about the keys that are not followed.
    fn check_keys(&mut self, section: &Section<'_>, table: &[(&'static str, Support)]) {
        for name in section.names() {
            let place = format!(
                "{}{}: [{}] {name}",
                section.file.display(),
                section
                    .line(&name)
                    .map(|line| format!(":{line}"))
                    .unwrap_or_default(),
                section.group
            );
            match table.iter().find(|(known, _)| *known == name) {
                Some((_, Support::Honoured)) => {}
                Some((_, Support::Engine)) => self.notes.push(format!(
                    "{place} is not honoured here: it concerns TensorRT's engine only"
                )),
                Some((_, Support::Ignored(instead))) => {
                    self.warnings
                        .push(format!("{place} is not honoured here: {instead}"));
                }
                None => self.warnings.push(match nearest(&name, names_of(table)) {
                    Some(known) => {
                        format!("{place} is unknown and was ignored; did you mean {known}?")
                    }
                    None => format!("{place} is unknown and was ignored"),
                }),
            }
        }
    }
}

/// `error`, or the misspelt key that may be why: without the right one the file is another one.
fn blame_misspelt(property: &Section<'_>, error: ConfigError) -> ConfigError {
    let misspelt = property.names().into_iter().find_map(|name| {
        let unknown = PROPERTY.iter().all(|(known, _)| *known != name);
        let known =
            nearest(&name, names_of(PROPERTY)).filter(|known| unknown && !property.has(known))?;
        Some((name, known))
    });
    let Some((name, known)) = misspelt else {
        return error;
    };
    property.error(
        &name,
        format!("is unknown; did you mean {known}? Without that: {error}"),
    )
}

/// `gie-unique-id` of an nvinfer that was not given one.
const NVINFER_DEFAULT_COMPONENT: i32 = 15;

/// More classes than this are a slip of the pen, not a network.
const MOST_CLASSES: i32 = 65_536;

/// After how many frames a tracked object is looked at again.
fn reinference(property: &Section<'_>, kind: NetworkKind) -> Result<Reinference, ConfigError> {
    let frames = property.integer("secondary-reinfer-interval", 0..=i32::MAX)?;
    Ok(match (kind, frames) {
        (NetworkKind::Classifier, frames) => {
            Reinference::Classifier(frames.map_or(u32::MAX, |frames| frames as u32))
        }
        (_, Some(frames)) => Reinference::After(frames as u32),
        (_, None) => Reinference::Always,
    })
}

/// The groups and keys of `text`.
fn key_file(text: &str) -> Result<glib::KeyFile, glib::Error> {
    // GLib's text ends at such a byte, and its Rust binding panics.
    if let Some(line) = text.split('\n').position(|line| line.contains('\0')) {
        let problem = format!("line {} has a zero byte, so this is no text file", line + 1);
        return Err(glib::Error::new(glib::KeyFileError::Parse, &problem));
    }
    let keys = glib::KeyFile::new();
    keys.load_from_data(text, glib::KeyFileFlags::NONE)?;
    Ok(keys)
}

/// What the network gives: boxes, classes or tensors.
fn network_kind(property: &Section<'_>) -> Result<NetworkKind, ConfigError> {
    if property.boolean("is-classifier")? == Some(true) && !property.has("network-type") {
        return Ok(NetworkKind::Classifier);
    }
    match property.integer("network-type", 0..=100)?.unwrap_or(0) {
        0 => Ok(NetworkKind::Detector),
        1 => Ok(NetworkKind::Classifier),
        100 => Ok(NetworkKind::Tensors),
        other => Err(property.error(
            "network-type",
            format!("{other} is not supported here; write 0 (detector), 1 (classifier) or 100 (tensors only)"),
        )),
    }
}

/// How pictures are scaled to the network's size.
fn scaling_filter(
    property: &Section<'_>,
    warnings: &mut Vec<String>,
) -> Result<Filter, ConfigError> {
    let number = property.integer("scaling-filter", 0..=6)?.unwrap_or(6);
    Ok(match number {
        0 | 6 => Filter::Nearest,
        1 => Filter::Bilinear,
        other => {
            warnings.push(format!(
                "{}{}: [property] scaling-filter={other} is not honoured here: bilinear (1) is used",
                property.file.display(),
                property
                    .line("scaling-filter")
                    .map(|line| format!(":{line}"))
                    .unwrap_or_default()
            ));
            Filter::Bilinear
        }
    })
}

/// How boxes of one object become one.
fn cluster_mode(property: &Section<'_>) -> Result<ClusterMode, ConfigError> {
    let number = property.integer("cluster-mode", 0..=4)?;
    Ok(match number {
        // The old form, for files that know no cluster-mode.
        None if property.boolean("enable-dbscan")? == Some(true) => ClusterMode::Dbscan,
        None | Some(0) => ClusterMode::Groups,
        Some(1) => ClusterMode::Dbscan,
        Some(2) => ClusterMode::Nms,
        Some(3) => ClusterMode::Hybrid,
        Some(_) => ClusterMode::None,
    })
}

/// Channels, height and width of the input, if they are given.
fn infer_dims(property: &Section<'_>) -> Result<Option<[usize; 3]>, ConfigError> {
    let dims = property.integers("infer-dims")?;
    if dims.is_empty() {
        return Ok(None);
    }
    match <[i32; 3]>::try_from(dims.as_slice()) {
        Ok(dims) if dims.iter().all(|n| *n > 0) => Ok(Some(dims.map(|n| n as usize))),
        _ => Err(property.error(
            "infer-dims",
            "write three numbers above 0: channels;height;width",
        )),
    }
}

impl ClassAttributes {
    /// Takes over what `section` says; the rest stays.
    fn update(&mut self, section: &Section<'_>) -> Result<(), ConfigError> {
        let number = |key, target: &mut f32, most| -> Result<(), ConfigError> {
            if let Some(value) = section.number(key, 0.0..=most)? {
                *target = value;
            }
            Ok(())
        };
        let pixels = |key, target: &mut u32| -> Result<(), ConfigError> {
            if let Some(value) = section.integer(key, 0..=i32::MAX)? {
                *target = value as u32;
            }
            Ok(())
        };
        number("threshold", &mut self.pre_cluster_threshold, 1.0)?;
        number(
            "pre-cluster-threshold",
            &mut self.pre_cluster_threshold,
            1.0,
        )?;
        number(
            "post-cluster-threshold",
            &mut self.post_cluster_threshold,
            1.0,
        )?;
        number("nms-iou-threshold", &mut self.nms_iou_threshold, 1.0)?;
        number("eps", &mut self.eps, f64::from(f32::MAX))?;
        number(
            "dbscan-min-score",
            &mut self.dbscan_min_score,
            f64::from(f32::MAX),
        )?;
        if let Some(value) = section.integer("topk", 0..=i32::MAX)? {
            self.top_k = Some(value as usize);
        }
        if let Some(value) = section.integer("minBoxes", 0..=i32::MAX)? {
            self.min_boxes = value as usize;
        }
        pixels("roi-top-offset", &mut self.roi_top_offset)?;
        pixels("roi-bottom-offset", &mut self.roi_bottom_offset)?;
        pixels("detected-min-w", &mut self.min.0)?;
        pixels("detected-min-h", &mut self.min.1)?;
        pixels("detected-max-w", &mut self.max.0)?;
        pixels("detected-max-h", &mut self.max.1)?;
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these numbers pass through unchanged")]
mod tests;
