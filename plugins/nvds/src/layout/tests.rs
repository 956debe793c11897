// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every offset and size against the tables that were measured on `DeepStream`'s headers.

use std::collections::BTreeMap;
use std::mem::offset_of;

use serde_json::Value;

use super::*;

/// A structure: its size, its alignment, and offset and size of each field by its C name.
struct Layout {
    size: usize,
    align: usize,
    fields: BTreeMap<&'static str, (usize, usize)>,
}

fn size_of_field<S, F>(_: fn(&S) -> &F) -> usize {
    size_of::<F>()
}

macro_rules! layout {
    ($type:ty: $($name:literal $field:ident),* $(,)?) => {
        Layout {
            size: size_of::<$type>(),
            align: align_of::<$type>(),
            fields: BTreeMap::from([$((
                $name,
                (offset_of!($type, $field), size_of_field::<$type, _>(|this| &this.$field)),
            )),*]),
        }
    };
}

fn frame<S>(sensor: bool) -> Layout {
    let mut layout = layout!(FrameMeta<S>: "base_meta" base_meta, "pad_index" pad_index, "batch_id" batch_id,
        "frame_num" frame_num, "buf_pts" buf_pts, "ntp_timestamp" ntp_timestamp, "source_id" source_id,
        "num_surfaces_per_frame" num_surfaces_per_frame, "source_frame_width" source_frame_width,
        "source_frame_height" source_frame_height, "surface_type" surface_type, "surface_index" surface_index,
        "num_obj_meta" num_obj_meta, "bInferDone" b_infer_done, "obj_meta_list" obj_meta_list,
        "display_meta_list" display_meta_list, "frame_user_meta_list" frame_user_meta_list,
        "misc_frame_info" misc_frame_info, "pipeline_width" pipeline_width, "pipeline_height" pipeline_height,
        "sensorInfo_meta" sensor_info_meta, "reserved" reserved);
    if !sensor {
        layout.fields.remove("sensorInfo_meta");
    }
    layout
}

fn rectangle<R>(rotation: bool) -> Layout {
    let mut layout = layout!(RectParams<R>: "left" left, "top" top, "width" width, "height" height,
        "border_width" border_width, "border_color" border_color, "has_bg_color" has_bg_color, "reserved" reserved,
        "bg_color" bg_color, "has_color_info" has_color_info, "color_id" color_id, "rotation_angle" rotation_angle);
    if !rotation {
        layout.fields.remove("rotation_angle");
    }
    layout
}

fn object<R>() -> Layout {
    layout!(ObjectMeta<R>: "base_meta" base_meta, "parent" parent, "unique_component_id" unique_component_id,
        "class_id" class_id, "object_id" object_id, "detector_bbox_info" detector_bbox_info,
        "tracker_bbox_info" tracker_bbox_info, "confidence" confidence, "tracker_confidence" tracker_confidence,
        "rect_params" rect_params, "mask_params" mask_params, "text_params" text_params, "obj_label" obj_label,
        "classifier_meta_list" classifier_meta_list, "obj_user_meta_list" obj_user_meta_list,
        "misc_obj_info" misc_obj_info, "reserved" reserved)
}

fn tensor<P>(padding: bool) -> Layout {
    let mut layout = layout!(InferTensorMeta<P>: "unique_id" unique_id, "num_output_layers" num_output_layers,
        "output_layers_info" output_layers_info, "out_buf_ptrs_host" out_buf_ptrs_host,
        "out_buf_ptrs_dev" out_buf_ptrs_dev, "gpu_id" gpu_id, "priv_data" priv_data, "network_info" network_info,
        "maintain_aspect_ratio" maintain_aspect_ratio, "symmetric_padding" symmetric_padding);
    if !padding {
        layout.fields.remove("symmetric_padding");
    }
    layout
}

/// What this crate believes of `family`; `padding`: whether its tensor meta knows `symmetric_padding`.
#[allow(clippy::too_many_lines, reason = "one table")]
fn believed(family: Family, padding: bool) -> BTreeMap<&'static str, Layout> {
    let sensor = family != Family::DeepStream6To7;
    let rotation = family == Family::DeepStream9;
    let mut all = BTreeMap::from([
        (
            "NvDsBaseMeta",
            layout!(BaseMeta: "batch_meta" batch_meta, "meta_type" meta_type, "uContext" u_context,
                "copy_func" copy_func, "release_func" release_func),
        ),
        (
            "NvDsMetaPool",
            layout!(MetaPool: "meta_type" meta_type, "max_elements_in_pool" max_elements_in_pool,
                "element_size" element_size, "num_empty_elements" num_empty_elements,
                "num_full_elements" num_full_elements, "empty_list" empty_list, "full_list" full_list,
                "copy_func" copy_func, "release_func" release_func),
        ),
        (
            "NvDsBatchMeta",
            layout!(BatchMeta: "base_meta" base_meta, "max_frames_in_batch" max_frames_in_batch,
                "num_frames_in_batch" num_frames_in_batch, "frame_meta_pool" frame_meta_pool,
                "obj_meta_pool" obj_meta_pool, "classifier_meta_pool" classifier_meta_pool,
                "display_meta_pool" display_meta_pool, "user_meta_pool" user_meta_pool,
                "label_info_meta_pool" label_info_meta_pool, "frame_meta_list" frame_meta_list,
                "batch_user_meta_list" batch_user_meta_list, "meta_mutex" meta_mutex,
                "misc_batch_info" misc_batch_info, "reserved" reserved),
        ),
        (
            "NvDsFrameMeta",
            if sensor {
                frame::<SensorInfo>(true)
            } else {
                frame::<()>(false)
            },
        ),
        (
            "NvDsObjectMeta",
            if rotation {
                object::<f32>()
            } else {
                object::<()>()
            },
        ),
        (
            "NvOSD_RectParams",
            if rotation {
                rectangle::<f32>(true)
            } else {
                rectangle::<()>(false)
            },
        ),
        (
            "NvDsInferTensorMeta",
            if padding {
                tensor::<c_int>(true)
            } else {
                tensor::<()>(false)
            },
        ),
        (
            "NvBbox_Coords",
            layout!(BboxCoords: "left" left, "top" top, "width" width, "height" height),
        ),
        (
            "NvDsComp_BboxInfo",
            layout!(BboxInfo: "org_bbox_coords" org_bbox_coords),
        ),
        (
            "NvOSD_ColorParams",
            layout!(ColorParams: "red" red, "green" green, "blue" blue, "alpha" alpha),
        ),
        (
            "NvOSD_FontParams",
            layout!(FontParams: "font_name" font_name, "font_size" font_size, "font_color" font_color),
        ),
        (
            "NvOSD_TextParams",
            layout!(TextParams: "display_text" display_text, "x_offset" x_offset, "y_offset" y_offset,
                "font_params" font_params, "set_bg_clr" set_bg_clr, "text_bg_clr" text_bg_clr),
        ),
        (
            "NvOSD_MaskParams",
            layout!(MaskParams: "data" data, "size" size, "threshold" threshold, "width" width, "height" height),
        ),
        (
            "NvDsClassifierMeta",
            layout!(ClassifierMeta: "base_meta" base_meta, "num_labels" num_labels,
                "unique_component_id" unique_component_id, "label_info_list" label_info_list,
                "classifier_type" classifier_type),
        ),
        (
            "NvDsLabelInfo",
            layout!(LabelInfo: "base_meta" base_meta, "num_classes" num_classes, "result_label" result_label,
                "pResult_label" p_result_label, "result_class_id" result_class_id, "label_id" label_id,
                "result_prob" result_prob),
        ),
        (
            "NvDsUserMeta",
            layout!(UserMeta: "base_meta" base_meta, "user_meta_data" user_meta_data),
        ),
        (
            "NvDsInferDims",
            layout!(InferDims: "numDims" num_dims, "d" d, "numElements" num_elements),
        ),
        (
            "NvDsInferLayerInfo",
            // The C union has two names for the same bytes.
            layout!(InferLayerInfo: "dataType" data_type, "inferDims" infer_dims, "dims" infer_dims,
                "bindingIndex" binding_index, "layerName" layer_name, "buffer" buffer, "isInput" is_input),
        ),
        (
            "NvDsInferNetworkInfo",
            layout!(InferNetworkInfo: "width" width, "height" height, "channels" channels),
        ),
    ]);
    if sensor {
        all.insert(
            "NvDsSensorInfo_meta",
            layout!(SensorInfo: "source_id" source_id, "uri" uri, "sensor_id" sensor_id, "sensor_name" sensor_name),
        );
    }
    all
}

fn number(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

fn assert_layout(version: &str, table: &str, family: Family, padding: bool) {
    let table: BTreeMap<String, Value> = serde_json::from_str(table).unwrap();
    for (name, layout) in believed(family, padding) {
        let place = format!("{name} of DeepStream {version}");
        let measured = &table[name];
        assert_eq!(layout.size, number(&measured["size"]), "size of {place}");
        assert_eq!(layout.align, number(&measured["align"]), "align of {place}");
        let fields: BTreeMap<&str, (usize, usize)> = measured["fields"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(field, at)| (field.as_str(), (number(&at[0]), number(&at[1]))))
            .collect();
        assert_eq!(layout.fields, fields, "fields of {place}");
    }
    // Of a display meta only the beginning is used.
    let numbers = number(&table["NvDsDisplayMeta"]["fields"]["num_rects"][0]);
    assert_eq!(offset_of!(DisplayMeta, numbers), numbers, "{version}");
    let sizes = ["NvDsFrameMeta", "NvDsObjectMeta"].map(|name| number(&table[name]["size"]));
    assert_eq!(
        Family::of_sizes(sizes[0], sizes[1]),
        Some(family),
        "{version}"
    );
}

#[test]
fn every_field_lies_where_the_tables_have_it() {
    use Family::{DeepStream6To7, DeepStream8, DeepStream9};
    let tables = [
        (
            "6.4",
            include_str!("../../tests/data/deepstream-6.4.json"),
            DeepStream6To7,
            false,
        ),
        (
            "7.0",
            include_str!("../../tests/data/deepstream-7.0.json"),
            DeepStream6To7,
            false,
        ),
        (
            "7.1",
            include_str!("../../tests/data/deepstream-7.1.json"),
            DeepStream6To7,
            true,
        ),
        (
            "8.0",
            include_str!("../../tests/data/deepstream-8.0.json"),
            DeepStream8,
            true,
        ),
        (
            "9.0",
            include_str!("../../tests/data/deepstream-9.0.json"),
            DeepStream9,
            true,
        ),
        (
            "9.1",
            include_str!("../../tests/data/deepstream-9.1.json"),
            DeepStream9,
            true,
        ),
    ];
    for (version, table, family, padding) in tables {
        assert_layout(version, table, family, padding);
    }
}

#[test]
fn unknown_sizes_are_no_family() {
    for sizes in [(0, 0), (200, 552), (232, 560), (240, 552), (544, 232)] {
        assert_eq!(Family::of_sizes(sizes.0, sizes.1), None);
    }
}
