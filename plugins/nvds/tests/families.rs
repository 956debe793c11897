// SPDX-License-Identifier: MIT OR Apache-2.0
//! Batches through the libraries' own functions, in each layout family.
//!
//! The tests write fields by the offsets of the tables, not by this crate's structures.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

#[path = "support/double.rs"]
mod double;
#[path = "support/family.rs"]
mod family;

use std::ffi::c_int;
use std::sync::Arc;

use double::{Raw, fixture};
use family::in_each_family;
use messages::Timestamp;
use meta::View;
use roundhouse_nvds::{Batch, Error, Skipped, isolate};

in_each_family! {
    deepstream_6_4 = "6.4",
    deepstream_7_1 = "7.1",
    deepstream_8_0 = "8.0",
    deepstream_9_1 = "9.1";
    (
        everything_is_read,
        results_travel_with_copies_and_are_freed,
        corrupt_lists_end_in_an_error,
        impossible_objects_are_counted,
        an_unknown_layout_is_refused,
        tensors_of_frames_and_objects_are_read,
        impossible_tensors_and_labels_are_counted,
        metas_of_others_are_left_alone,
        more_frames_than_the_batch_can_have_are_an_error,
        lists_without_end_below_a_frame_are_errors,
        cameras_times_and_sizes_are_those_of_the_frames,
        the_machine_says_which_deepstream_it_has,
    )
}

#[test]
fn without_a_batch_nothing_is_opened() {
    gst::init().unwrap();
    assert!(Batch::of(&gst::Buffer::new()).unwrap().is_none());
}

fn everything_is_read() {
    let nvds = fixture();
    let (buffer, batch, frames) = nvds.batch(2);
    nvds.set::<u64>(frames[1], "NvDsFrameMeta", "ntp_timestamp", 1234);
    nvds.set::<c_int>(frames[1], "NvDsFrameMeta", "bInferDone", 1);
    let parent = nvds.object(batch, frames[1], std::ptr::null_mut(), 1.0);
    let child = nvds.object(batch, frames[1], parent, 2.0);
    // A label without end mark ends with its field.
    nvds.set::<[u8; 128]>(child, "NvDsObjectMeta", "obj_label", [b'x'; 128]);
    let classifier = nvds.acquire("classifier", batch);
    nvds.set::<c_int>(classifier, "NvDsClassifierMeta", "unique_component_id", 9);
    nvds.add("nvds_add_classifier_meta_to_object", child, classifier);
    let label = nvds.acquire("label_info", batch);
    nvds.set::<[u8; 5]>(label, "NvDsLabelInfo", "result_label", *b"G 6\0\0");
    nvds.set::<f32>(label, "NvDsLabelInfo", "result_prob", 0.25);
    nvds.add("nvds_add_label_info_meta_to_classifier", classifier, label);

    let batch = Batch::of(&buffer).unwrap().unwrap();
    let content = batch.read(&[]).unwrap();
    assert_eq!(content.skipped, roundhouse_nvds::Skipped::default());
    let [first, second] = &content.frames[..] else {
        panic!("{content:?}")
    };
    assert_eq!(
        (first.source_id, first.ntp_time, first.inferred),
        (10, None, false)
    );
    assert_eq!(
        (second.source_id, second.ntp_time, second.inferred),
        (11, Some(1234), true)
    );
    let [child, parent] = &second.objects[..] else {
        panic!("{content:?}")
    };
    assert_eq!(
        (child.left, child.top, child.width, child.height),
        (2.0, 2.0, 30.0, 40.0)
    );
    assert_eq!((child.parent, parent.parent), (Some(1), None));
    assert_eq!((child.label.len(), parent.label.as_str()), (128, "head"));
    assert_eq!(
        (child.component, child.confidence, child.tracker_id),
        (7, 0.5, None)
    );
    let answer = &child.classifications[0];
    assert_eq!(
        (answer.component, answer.label.as_str(), answer.confidence),
        (9, "G 6", 0.25)
    );
}

fn results_travel_with_copies_and_are_freed() {
    let nvds = fixture();
    let results = Arc::new(42_u32);
    let (buffer, batch, frames) = nvds.batch(1);
    nvds.object(batch, frames[0], std::ptr::null_mut(), 1.0);
    {
        let batch = Batch::of(&buffer).unwrap().unwrap();
        let content = batch.read(&[]).unwrap();
        content.frames[0].attach(Arc::clone(&results) as _).unwrap();
        content.frames[0].objects[0]
            .attach(Arc::clone(&results) as _)
            .unwrap();
    }
    assert_eq!(Arc::strong_count(&results), 3);
    let copy = buffer.copy();
    drop(buffer);
    assert_eq!(Arc::strong_count(&results), 3);
    {
        let batch = Batch::of(&copy).unwrap().unwrap();
        let frame = &batch.read(&[]).unwrap().frames[0];
        for found in [&frame.results, &frame.objects[0].results] {
            assert_eq!(found[0].downcast_ref::<u32>(), Some(&42));
        }
    }
    drop(copy);
    assert_eq!(Arc::strong_count(&results), 1);
}

fn corrupt_lists_end_in_an_error() {
    let nvds = fixture();
    let (buffer, batch, frames) = nvds.batch(1);
    let mut ring = gst::glib::ffi::GList {
        data: frames[0],
        next: std::ptr::null_mut(),
        prev: std::ptr::null_mut(),
    };
    ring.next = &raw mut ring;
    let offset = nvds.table["NvDsBatchMeta"]["fields"]["frame_meta_list"][0]
        .as_u64()
        .unwrap() as usize;
    // SAFETY: the table says that the list's head lies there; it is put back below.
    let head = unsafe { batch.byte_add(offset).cast::<Raw>() };
    // SAFETY: as above.
    let good = unsafe { head.replace((&raw mut ring).cast()) };
    for data in [
        ring.data,
        std::ptr::null_mut(),
        std::ptr::without_provenance_mut(3),
    ] {
        // SAFETY: `ring` lives on the stack and nobody else holds a reference to it.
        unsafe { (&raw mut ring).as_mut().unwrap().data = data };
        let batch = Batch::of(&buffer).unwrap().unwrap();
        assert!(matches!(
            batch.read(&[]),
            Err(Error::Corrupt { list: "frames", .. })
        ));
    }
    // SAFETY: as above.
    unsafe { head.write(good) };
}

fn impossible_objects_are_counted() {
    let nvds = fixture();
    let (buffer, batch, frames) = nvds.batch(1);
    for left in [f32::NAN, f32::INFINITY, 5.0] {
        nvds.object(batch, frames[0], std::ptr::null_mut(), left);
    }
    for (field, value) in [
        ("width", -30.0_f32),
        ("height", 0.0),
        ("top", f32::NEG_INFINITY),
    ] {
        let object = nvds.object(batch, frames[0], std::ptr::null_mut(), 1.0);
        nvds.set_within(
            object,
            "NvDsObjectMeta",
            "rect_params",
            "NvOSD_RectParams",
            field,
            value,
        );
    }
    let object = nvds.object(batch, frames[0], std::ptr::null_mut(), 1.0);
    nvds.set(object, "NvDsObjectMeta", "confidence", f32::NAN);
    let batch = Batch::of(&buffer).unwrap().unwrap();
    let content = batch.read(&[]).unwrap();
    assert_eq!(
        (content.frames[0].objects.len(), content.skipped.objects),
        (1, 6)
    );
    let (empty, _, _) = nvds.batch(0);
    let batch = Batch::of(&empty).unwrap().unwrap();
    assert!(batch.read(&[]).unwrap().frames.is_empty());
}

fn an_unknown_layout_is_refused() {
    let nvds = fixture();
    let (buffer, batch, _) = nvds.batch(1);
    // SAFETY: the pool of frames lies at 48 and the size of its elements at 8, in every version.
    let size = unsafe {
        (*batch.byte_add(48).cast::<Raw>())
            .byte_add(8)
            .cast::<u32>()
    };
    // SAFETY: as above; put back, as the pool belongs to the stand-in.
    let good = unsafe { size.replace(999) };
    let said = Batch::of(&buffer).unwrap_err().to_string();
    assert!(
        said.contains("999") && said.contains("DeepStream 9.0 to 9.2 (232 and 552)"),
        "{said}"
    );
    // SAFETY: as above.
    unsafe { size.write(good) };
}

fn tensors_of_frames_and_objects_are_read() {
    let nvds = fixture();
    let (buffer, batch, frames) = nvds.batch(1);
    let object = nvds.object(batch, frames[0], std::ptr::null_mut(), 1.0);
    let frame_add = "nvds_add_user_meta_to_frame";
    let object_add = "nvds_add_user_meta_to_obj";
    let tensor = |component, values: &[f32]| {
        nvds.tensor(batch, component, "prob", &[1, values.len() as u32], values)
    };
    nvds.add(frame_add, frames[0], tensor(3, &[1.0, 2.0]));
    nvds.add(object_add, object, tensor(3, &[3.0, 4.0]));
    nvds.add(object_add, object, tensor(8, &[5.0]));
    let batch = Batch::of(&buffer).unwrap().unwrap();
    let content = batch.read(&[3]).unwrap();
    assert_eq!(content.skipped, Skipped::default());
    let frame = &content.frames[0];
    for (tensors, values) in [
        (&frame.tensors, [1.0, 2.0]),
        (&frame.objects[0].tensors, [3.0, 4.0]),
    ] {
        let [tensor] = &tensors[..] else {
            panic!("of component 3 alone: {tensors:?}")
        };
        assert_eq!(
            (tensor.component, tensor.name.as_str(), &tensor.shape[..]),
            (3, "prob", &[1, 2][..])
        );
        assert_eq!(tensor.data, values);
    }
}

fn impossible_tensors_and_labels_are_counted() {
    let nvds = fixture();
    let (buffer, batch, frames) = nvds.batch(1);
    let object = nvds.object(batch, frames[0], std::ptr::null_mut(), 1.0);
    let add = "nvds_add_user_meta_to_obj";
    for dims in [
        &[][..],
        &[0, 4],
        &[u32::MAX, u32::MAX, u32::MAX],
        &[1 << 20, 1 << 20],
    ] {
        nvds.add(add, object, nvds.tensor(batch, 3, "out", dims, &[1.0]));
    }
    let nothing = nvds.user(batch, 12, std::ptr::null(), std::ptr::null_mut());
    nvds.add(add, object, nothing);
    let classifier = nvds.acquire("classifier", batch);
    nvds.add("nvds_add_classifier_meta_to_object", object, classifier);
    for probability in [f32::NAN, 0.5] {
        let label = nvds.acquire("label_info", batch);
        nvds.set(label, "NvDsLabelInfo", "result_label", [b'x'; 128]);
        nvds.set(label, "NvDsLabelInfo", "result_prob", probability);
        nvds.add("nvds_add_label_info_meta_to_classifier", classifier, label);
    }
    // A classifier that says nothing.
    let classifier = nvds.acquire("classifier", batch);
    nvds.add("nvds_add_classifier_meta_to_object", object, classifier);
    let batch = Batch::of(&buffer).unwrap().unwrap();
    let content = batch.read(&[3]).unwrap();
    let expected = Skipped {
        objects: 0,
        labels: 1,
        tensors: 5,
    };
    assert_eq!(content.skipped, expected);
    let object = &content.frames[0].objects[0];
    assert_eq!((object.tensors.len(), object.classifications.len()), (0, 1));
    assert_eq!(object.classifications[0].label.len(), 128);
}

fn metas_of_others_are_left_alone() {
    let nvds = fixture();
    let (buffer, batch, frames) = nvds.batch(1);
    let object = nvds.object(batch, frames[0], std::ptr::null_mut(), 1.0);
    let nowhere: Raw = std::ptr::without_provenance_mut(3);
    // Payloads that cannot be read; the last claims to be ours but is not freed as ours are.
    for kind in [0, -1, 13, 29, 8193, nvds.user_type(c"ROUNDHOUSE.RESULTS")] {
        for (owner, add) in [
            (frames[0], "nvds_add_user_meta_to_frame"),
            (object, "nvds_add_user_meta_to_obj"),
        ] {
            nvds.add(
                add,
                owner,
                nvds.user(batch, kind, std::ptr::null(), nowhere),
            );
        }
    }
    let held = Batch::of(&buffer).unwrap().unwrap();
    let content = held.read(&[3]).unwrap();
    assert_eq!(content.skipped, Skipped::default());
    assert!(content.frames[0].results.is_empty());
    assert!(content.frames[0].objects[0].results.is_empty());
    drop(content);
    drop(held);
    // Nobody frees them: a copy may share them.
    assert_eq!(isolate(buffer.clone()).unwrap().lost, 0);
}

fn more_frames_than_the_batch_can_have_are_an_error() {
    let nvds = fixture();
    let (buffer, batch, _) = nvds.batch(5);
    let pool: Raw = nvds.get(batch, "NvDsBatchMeta", "frame_meta_pool");
    nvds.set::<u32>(pool, "NvDsMetaPool", "max_elements_in_pool", 4);
    let held = Batch::of(&buffer).unwrap().unwrap();
    let said = held.read(&[]).unwrap_err().to_string();
    nvds.set::<u32>(pool, "NvDsMetaPool", "max_elements_in_pool", 5);
    assert!(
        said.contains("frames") && said.contains("after 4 elements"),
        "{said}"
    );
}

fn lists_without_end_below_a_frame_are_errors() {
    let nvds = fixture();
    let (buffer, batch, frames) = nvds.batch(1);
    let object = nvds.object(batch, frames[0], std::ptr::null_mut(), 1.0);
    let classifier = nvds.acquire("classifier", batch);
    nvds.add("nvds_add_classifier_meta_to_object", object, classifier);
    let user = nvds.user(batch, 8200, std::ptr::null(), std::ptr::null_mut());
    let cases = [
        (frames[0], "NvDsFrameMeta", "obj_meta_list", object),
        (frames[0], "NvDsFrameMeta", "frame_user_meta_list", user),
        (object, "NvDsObjectMeta", "classifier_meta_list", classifier),
        (object, "NvDsObjectMeta", "obj_user_meta_list", user),
    ];
    for (owner, structure, field, element) in cases {
        let mut ring = gst::glib::ffi::GList {
            data: element,
            next: std::ptr::null_mut(),
            prev: std::ptr::null_mut(),
        };
        ring.next = &raw mut ring;
        let good: Raw = nvds.get(owner, structure, field);
        nvds.set(owner, structure, field, &raw mut ring);
        {
            let batch = Batch::of(&buffer).unwrap().unwrap();
            let end = batch.read(&[]);
            assert!(matches!(end, Err(Error::Corrupt { .. })), "{field}");
        }
        nvds.set(owner, structure, field, good);
    }
    let held = Batch::of(&buffer).unwrap().unwrap();
    assert!(held.read(&[]).is_ok());
}

/// Camera, time in ns and width of what the first object's box becomes.
fn seen(buffer: &mut gst::Buffer, base: Option<Timestamp>) -> Vec<(String, i64, f32)> {
    let mut view = View::new([(10, "north"), (11, "south")], vec![7]);
    if let Some(base) = base {
        view.set_base(base);
    }
    let mut all = Vec::new();
    view.update_frames(buffer.get_mut().unwrap(), |frame| {
        let width = frame
            .detections
            .first()
            .map_or(0.0, |detection| detection.bounding_box.width);
        all.push((frame.camera.to_string(), frame.capture_time.nanos(), width));
    })
    .unwrap();
    all
}

fn cameras_times_and_sizes_are_those_of_the_frames() {
    let nvds = fixture();
    let (mut buffer, batch, frames) = nvds.batch(3);
    let knows_sensors = nvds.set_sensor(frames[0], "south");
    nvds.set_sensor(frames[1], "nobody's");
    for &frame in &frames {
        nvds.object(batch, frame, std::ptr::null_mut(), 1.0);
        nvds.set::<u64>(frame, "NvDsFrameMeta", "buf_pts", 40);
    }
    nvds.set::<u64>(frames[1], "NvDsFrameMeta", "ntp_timestamp", 1234);
    for (field, value) in [
        ("source_frame_width", 1920_u32),
        ("source_frame_height", 1080),
        ("pipeline_width", 960),
        ("pipeline_height", 540),
    ] {
        nvds.set(frames[1], "NvDsFrameMeta", field, value);
    }
    let first = if knows_sensors { "south" } else { "north" };
    let expected = |base: i64| {
        [
            // A sensor's id that is a camera's wins over the source, any other does not.
            (first.to_owned(), base + 40, 30.0),
            ("south".to_owned(), 1234, 60.0),
            ("source 12".to_owned(), base + 40, 30.0),
        ]
    };
    assert_eq!(seen(&mut buffer, None), expected(0));
    let base = Timestamp::from_nanos(1_000);
    assert_eq!(seen(&mut buffer, Some(base)), expected(1_000));
}

fn the_machine_says_which_deepstream_it_has() {
    fixture();
    let found = roundhouse_nvds::machine::deepstream().unwrap();
    assert!(found.library.ends_with("libnvds_meta.so"), "{found:?}");
    let (buffer, _, _) = fixture().batch(1);
    let batch = Batch::of(&buffer).unwrap().unwrap();
    assert_eq!(found.layout, Ok(batch.family()));
}
