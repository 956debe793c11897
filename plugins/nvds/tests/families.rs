// SPDX-License-Identifier: MIT OR Apache-2.0
//! Batches through the libraries' own functions, in each layout family.
//!
//! A process can hold one `DeepStream` only, so each family's test builds the stand-in and runs the `#[ignore]`d tests
//! of this file in a process of its own. They write fields by the offsets of the tables, not by this crate's structures.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

#[path = "support/double.rs"]
mod double;

use std::ffi::c_int;
use std::process::Command;
use std::sync::Arc;

use double::{Raw, fixture};
use roundhouse_nvds::{Batch, Error, LIBRARY_FOLDER};

/// Builds the stand-in with the layout of `version` and runs every test of the suite on it.
fn run_suite(version: &str) {
    let folder = double::build(version);
    let suite = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--test-threads=1"])
        .env(LIBRARY_FOLDER, folder.path())
        .env(double::TABLE, double::table(version))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&suite.stdout);
    assert!(
        suite.status.success(),
        "{version}: {said}{}",
        String::from_utf8_lossy(&suite.stderr)
    );
    assert!(said.contains("5 passed"), "{said}");
}

#[test]
fn deepstream_6_4() {
    run_suite("6.4");
}

#[test]
fn deepstream_7_1() {
    run_suite("7.1");
}

#[test]
fn deepstream_8_0() {
    run_suite("8.0");
}

#[test]
fn deepstream_9_1() {
    run_suite("9.1");
}

#[test]
fn without_a_batch_nothing_is_opened() {
    gst::init().unwrap();
    assert!(Batch::of(&gst::Buffer::new()).unwrap().is_none());
}

#[test]
#[ignore = "run by the tests of the families"]
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
    let looks = batch.looks(&[]).unwrap();
    assert_eq!(looks.skipped, roundhouse_nvds::Skipped::default());
    let [first, second] = &looks.frames[..] else {
        panic!("{looks:?}")
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
        panic!("{looks:?}")
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

#[test]
#[ignore = "run by the tests of the families"]
fn results_travel_with_copies_and_are_freed() {
    let nvds = fixture();
    let results = Arc::new(42_u32);
    let (buffer, batch, frames) = nvds.batch(1);
    nvds.object(batch, frames[0], std::ptr::null_mut(), 1.0);
    {
        let batch = Batch::of(&buffer).unwrap().unwrap();
        let looks = batch.looks(&[]).unwrap();
        looks.frames[0].attach(Arc::clone(&results) as _).unwrap();
        looks.frames[0].objects[0]
            .attach(Arc::clone(&results) as _)
            .unwrap();
    }
    assert_eq!(Arc::strong_count(&results), 3);
    let copy = buffer.copy();
    drop(buffer);
    assert_eq!(Arc::strong_count(&results), 3);
    {
        let batch = Batch::of(&copy).unwrap().unwrap();
        let frame = &batch.looks(&[]).unwrap().frames[0];
        for found in [&frame.results, &frame.objects[0].results] {
            assert_eq!(found[0].downcast_ref::<u32>(), Some(&42));
        }
    }
    drop(copy);
    assert_eq!(Arc::strong_count(&results), 1);
}

#[test]
#[ignore = "run by the tests of the families"]
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
            batch.looks(&[]),
            Err(Error::Corrupt { list: "frames", .. })
        ));
    }
    // SAFETY: as above.
    unsafe { head.write(good) };
}

#[test]
#[ignore = "run by the tests of the families"]
fn impossible_objects_are_counted() {
    let nvds = fixture();
    let (buffer, batch, frames) = nvds.batch(1);
    for left in [f32::NAN, f32::INFINITY, 5.0] {
        nvds.object(batch, frames[0], std::ptr::null_mut(), left);
    }
    let batch = Batch::of(&buffer).unwrap().unwrap();
    let looks = batch.looks(&[]).unwrap();
    assert_eq!(
        (looks.frames[0].objects.len(), looks.skipped.objects),
        (1, 2)
    );
    let (empty, _, _) = nvds.batch(0);
    let batch = Batch::of(&empty).unwrap().unwrap();
    assert!(batch.looks(&[]).unwrap().frames.is_empty());
}

#[test]
#[ignore = "run by the tests of the families"]
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
