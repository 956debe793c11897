// SPDX-License-Identifier: MIT OR Apache-2.0
//! `DeepStream`'s structures as they lie in memory (x86-64 and aarch64 Linux), and the three families they come in.
//!
//! Names are the C names in Rust's spelling. What differs between families is a type parameter that is `()` where a
//! family lacks the field, so that every family is one instantiation and every offset is the compiler's.

use std::ffi::{c_char, c_int, c_uint, c_void};
use std::fmt;

use gst::glib::ffi::GList;

/// Called with a `UserMeta` and NULL; gives the payload of the copy.
pub type CopyFunc = unsafe extern "C" fn(data: *mut c_void, user_data: *mut c_void) -> *mut c_void;
/// Called with a `UserMeta` and NULL; frees its payload.
pub type ReleaseFunc = unsafe extern "C" fn(data: *mut c_void, user_data: *mut c_void);

/// The layout family of a running `DeepStream`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// 6.2 to 7.1.
    DeepStream6To7,
    /// 8.0: a frame knows its sensor.
    DeepStream8,
    /// 9.0 to 9.2: an object's rectangle can be rotated.
    DeepStream9,
}

impl Family {
    /// Every family that is supported.
    pub const ALL: [Self; 3] = [Self::DeepStream6To7, Self::DeepStream8, Self::DeepStream9];

    /// Bytes of a frame meta and of an object meta, as the pools of a batch give them.
    #[must_use]
    pub const fn sizes(self) -> (usize, usize) {
        match self {
            Self::DeepStream6To7 => (size_of::<FrameMeta<()>>(), size_of::<ObjectMeta<()>>()),
            Self::DeepStream8 => (
                size_of::<FrameMeta<SensorInfo>>(),
                size_of::<ObjectMeta<()>>(),
            ),
            Self::DeepStream9 => (
                size_of::<FrameMeta<SensorInfo>>(),
                size_of::<ObjectMeta<f32>>(),
            ),
        }
    }

    /// The family whose frame and object metas have these sizes in bytes.
    #[must_use]
    pub fn of_sizes(frame: usize, object: usize) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|family| family.sizes() == (frame, object))
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DeepStream6To7 => "DeepStream 6.2 to 7.1",
            Self::DeepStream8 => "DeepStream 8.0",
            Self::DeepStream9 => "DeepStream 9.0 to 9.2",
        })
    }
}

/// Value of `meta_type` for the raw outputs of nvinfer, the same in every version.
pub const TENSOR_META: c_int = 12;
/// `object_id` of an object that no tracker has seen.
pub const UNTRACKED: u64 = u64::MAX;
/// Bytes of `obj_label` and `result_label`.
pub const LABEL_BYTES: usize = 128;
/// Entries of `InferDims::d`.
pub const MAX_DIMS: usize = 8;

/// `NvDsBaseMeta`: how a meta is copied and freed.
#[repr(C)]
pub struct BaseMeta {
    pub batch_meta: *mut BatchMeta,
    pub meta_type: c_int,
    pub u_context: *mut c_void,
    pub copy_func: Option<CopyFunc>,
    pub release_func: Option<ReleaseFunc>,
}

/// `NvDsMetaPool`: where metas of one kind come from.
#[repr(C)]
pub struct MetaPool {
    pub meta_type: c_int,
    pub max_elements_in_pool: c_uint,
    pub element_size: c_uint,
    pub num_empty_elements: c_uint,
    pub num_full_elements: c_uint,
    pub empty_list: *mut GList,
    pub full_list: *mut GList,
    pub copy_func: Option<CopyFunc>,
    pub release_func: Option<ReleaseFunc>,
}

/// `NvDsBatchMeta`: the batch on a buffer.
#[repr(C)]
pub struct BatchMeta {
    pub base_meta: BaseMeta,
    pub max_frames_in_batch: c_uint,
    pub num_frames_in_batch: c_uint,
    pub frame_meta_pool: *mut MetaPool,
    pub obj_meta_pool: *mut MetaPool,
    pub classifier_meta_pool: *mut MetaPool,
    pub display_meta_pool: *mut MetaPool,
    pub user_meta_pool: *mut MetaPool,
    pub label_info_meta_pool: *mut MetaPool,
    pub frame_meta_list: *mut GList,
    pub batch_user_meta_list: *mut GList,
    pub meta_mutex: [u64; 2],
    pub misc_batch_info: [i64; 4],
    pub reserved: [i64; 4],
}

/// `S`: [`SensorInfo`] from 8.0, `()` before.
#[repr(C)]
pub struct FrameMeta<S> {
    pub base_meta: BaseMeta,
    pub pad_index: c_uint,
    pub batch_id: c_uint,
    pub frame_num: c_int,
    pub buf_pts: u64,
    pub ntp_timestamp: u64,
    pub source_id: c_uint,
    pub num_surfaces_per_frame: c_int,
    pub source_frame_width: c_uint,
    pub source_frame_height: c_uint,
    pub surface_type: c_uint,
    pub surface_index: c_uint,
    pub num_obj_meta: c_uint,
    pub b_infer_done: c_int,
    pub obj_meta_list: *mut GList,
    pub display_meta_list: *mut GList,
    pub frame_user_meta_list: *mut GList,
    pub misc_frame_info: [i64; 4],
    pub pipeline_width: c_uint,
    pub pipeline_height: c_uint,
    pub sensor_info_meta: S,
    pub reserved: [i64; 4],
}

/// `NvDsSensorInfo`Meta: a sensor of nvmultiurisrcbin.
#[repr(C)]
pub struct SensorInfo {
    pub source_id: c_uint,
    pub uri: *const c_char,
    pub sensor_id: *const c_char,
    pub sensor_name: *const c_char,
}

/// `NvBbox_Coords`: a box in pixels.
#[repr(C)]
pub struct BboxCoords {
    pub left: f32,
    pub top: f32,
    pub width: f32,
    pub height: f32,
}

/// `NvDsComp_BboxInfo`: a box as a component gave it.
#[repr(C)]
pub struct BboxInfo {
    pub org_bbox_coords: BboxCoords,
}

/// `NvOSD_ColorParams`: a colour from 0 to 1.
#[repr(C)]
pub struct ColorParams {
    pub red: f64,
    pub green: f64,
    pub blue: f64,
    pub alpha: f64,
}

/// `NvOSD_FontParams`: a font.
#[repr(C)]
#[allow(clippy::struct_field_names, reason = "the C names")]
pub struct FontParams {
    pub font_name: *mut c_char,
    pub font_size: c_uint,
    pub font_color: ColorParams,
}

/// `R`: `f32`, the rotation angle in degrees, from 9.0, `()` before.
#[repr(C)]
pub struct RectParams<R> {
    pub left: f32,
    pub top: f32,
    pub width: f32,
    pub height: f32,
    pub border_width: c_uint,
    pub border_color: ColorParams,
    pub has_bg_color: c_uint,
    pub reserved: c_uint,
    pub bg_color: ColorParams,
    pub has_color_info: c_int,
    pub color_id: c_int,
    pub rotation_angle: R,
}

/// `NvOSD_TextParams`: a text that nvdsosd draws.
#[repr(C)]
pub struct TextParams {
    pub display_text: *mut c_char,
    pub x_offset: c_uint,
    pub y_offset: c_uint,
    pub font_params: FontParams,
    pub set_bg_clr: c_int,
    pub text_bg_clr: ColorParams,
}

/// `NvOSD_MaskParams`: a segmentation mask.
#[repr(C)]
pub struct MaskParams {
    pub data: *mut f32,
    pub size: c_uint,
    pub threshold: f32,
    pub width: c_uint,
    pub height: c_uint,
}

/// `R`: see [`RectParams`].
#[repr(C)]
pub struct ObjectMeta<R> {
    pub base_meta: BaseMeta,
    pub parent: *mut c_void,
    pub unique_component_id: c_int,
    pub class_id: c_int,
    pub object_id: u64,
    pub detector_bbox_info: BboxInfo,
    pub tracker_bbox_info: BboxInfo,
    pub confidence: f32,
    pub tracker_confidence: f32,
    pub rect_params: RectParams<R>,
    pub mask_params: MaskParams,
    pub text_params: TextParams,
    pub obj_label: [c_char; LABEL_BYTES],
    pub classifier_meta_list: *mut GList,
    pub obj_user_meta_list: *mut GList,
    pub misc_obj_info: [i64; 4],
    pub reserved: [i64; 4],
}

/// `NvDsClassifierMeta`: the answers of one classifier.
#[repr(C)]
pub struct ClassifierMeta {
    pub base_meta: BaseMeta,
    pub num_labels: c_uint,
    pub unique_component_id: c_int,
    pub label_info_list: *mut GList,
    pub classifier_type: *const c_char,
}

/// `NvDsLabelInfo`: one answer.
#[repr(C)]
pub struct LabelInfo {
    pub base_meta: BaseMeta,
    pub num_classes: c_uint,
    pub result_label: [c_char; LABEL_BYTES],
    pub p_result_label: *mut c_char,
    pub result_class_id: c_uint,
    pub label_id: c_uint,
    pub result_prob: f32,
}

/// Its beginning; what there is to draw follows.
#[repr(C)]
pub struct DisplayMeta {
    pub base_meta: BaseMeta,
    /// How many rectangles, labels, lines, arrows and circles.
    pub numbers: [c_uint; 5],
}

/// `NvDsUserMeta`: a payload of any type.
#[repr(C)]
pub struct UserMeta {
    pub base_meta: BaseMeta,
    pub user_meta_data: *mut c_void,
}

/// `NvDsInferDims`: the shape of a tensor.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct InferDims {
    pub num_dims: c_uint,
    pub d: [c_uint; MAX_DIMS],
    pub num_elements: c_uint,
}

/// `NvDsInferLayerInfo`: one output of a network.
#[repr(C)]
pub struct InferLayerInfo {
    pub data_type: c_int,
    pub infer_dims: InferDims,
    pub binding_index: c_int,
    pub layer_name: *const c_char,
    pub buffer: *mut c_void,
    pub is_input: c_int,
}

/// `NvDsInferNetworkInfo`: the input size of a network.
#[repr(C)]
pub struct InferNetworkInfo {
    pub width: c_uint,
    pub height: c_uint,
    pub channels: c_uint,
}

/// `P`: `c_int`, whether the padding is symmetric, from 7.1, `()` before.
#[repr(C)]
pub struct InferTensorMeta<P> {
    pub unique_id: c_uint,
    pub num_output_layers: c_uint,
    pub output_layers_info: *mut InferLayerInfo,
    pub out_buf_ptrs_host: *mut *mut c_void,
    pub out_buf_ptrs_dev: *mut *mut c_void,
    pub gpu_id: c_int,
    pub priv_data: *mut c_void,
    pub network_info: InferNetworkInfo,
    pub maintain_aspect_ratio: c_int,
    pub symmetric_padding: P,
}

#[cfg(test)]
mod tests;
