// SPDX-License-Identifier: MIT OR Apache-2.0
//! Branches behind a `tee` never see each other's objects, and their copies lose nothing.
#![allow(
    missing_docs,
    reason = "what plugin_define makes is for GStreamer alone"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

#[path = "support/double.rs"]
mod double;
#[path = "support/family.rs"]
mod family;

use std::ffi::{c_char, c_int};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Barrier};

use double::{Raw, fixture};
use family::in_each_family;
use gst::prelude::*;
use roundhouse_nvds::{Batch, isolate};

/// Buffers of the race in each family.
const BUFFERS: u64 = 5_000;
/// Objects that each branch writes into each buffer.
const WRITTEN: usize = 3;

in_each_family! {
    deepstream_7_1 = "7.1",
    deepstream_8_0 = "8.0",
    deepstream_9_1 = "9.1";
    (
        branches_never_see_each_others_objects,
        flowbins_behind_a_tee_never_see_each_others_objects,
        a_copy_loses_nothing,
        a_muxer_that_tells_no_size_is_no_crash,
        the_surface_lives_as_long_as_the_copy,
        a_buffer_of_the_muxers_pool_is_not_used_again_meanwhile,
    )
}

/// A branch takes `buffer` (by itself if `alone`), writes objects of `component` into it, waits until the other one has
/// done so too, and tells how many objects of which components it then sees.
fn branch(buffer: gst::Buffer, component: c_int, alone: bool, written: &Barrier) -> Vec<c_int> {
    let nvds = fixture();
    let buffer = if alone {
        isolate(buffer).unwrap().buffer
    } else {
        buffer
    };
    let batch = nvds.batch_of(&buffer);
    let frame = nvds.list(batch, "NvDsBatchMeta", "frame_meta_list")[0];
    for number in 0..WRITTEN {
        let object = nvds.unattached(batch, number as f32);
        nvds.set(object, "NvDsObjectMeta", "unique_component_id", component);
        nvds.add_object(frame, object, std::ptr::null_mut());
    }
    written.wait();
    let batch = Batch::of(&buffer).unwrap().unwrap();
    let content = batch.read(&[]).unwrap();
    let objects = content.frames[0].objects.iter();
    objects.map(|object| object.component).collect()
}

/// Sends buffers with one object of component 7 through two branches; how often one saw what the other wrote.
fn race(buffers: u64, alone: bool) -> u64 {
    let nvds = fixture();
    let (strangers, written) = (AtomicU64::new(0), Barrier::new(2));
    std::thread::scope(|scope| {
        let senders = [1, 2].map(|component| {
            let (sender, receiver) = std::sync::mpsc::sync_channel::<gst::Buffer>(4);
            let (strangers, written) = (&strangers, &written);
            scope.spawn(move || {
                for buffer in receiver {
                    let seen = branch(buffer, component, alone, written);
                    let of = |wanted| seen.iter().filter(|&&seen| seen == wanted).count();
                    assert_eq!((of(component), of(7)), (WRITTEN, 1), "{seen:?}");
                    strangers.fetch_add(of(3 - component) as u64, Ordering::Relaxed);
                }
            });
            sender
        });
        for _ in 0..buffers {
            let (buffer, batch, frames) = nvds.batch(1);
            nvds.object(batch, frames[0], std::ptr::null_mut(), 1.0);
            for sender in &senders {
                sender.send(buffer.clone()).unwrap();
            }
        }
    });
    strangers.into_inner()
}

fn branches_never_see_each_others_objects() {
    let strangers = race(BUFFERS, true);
    println!(
        "{BUFFERS} buffers raced through two branches, objects of the other branch seen: {strangers}"
    );
    assert_eq!(strangers, 0);
    // The same without isolation: the race can be lost.
    assert_eq!(race(10, false), 10 * 2 * WRITTEN as u64);
}

fn flowbins_behind_a_tee_never_see_each_others_objects() {
    const PUSHED: u64 = 500;
    let nvds = fixture();
    plugin_register_static().unwrap();
    // A queue copies nothing by itself.
    let branch = |name: &str| {
        format!(
            "t. ! flowbin name=flow-{name} leaky=no description=\"queue name={name}\" ! fakesink sync=false name=out-{name}"
        )
    };
    let pipeline: gst::Pipeline = gst::parse::launch(&format!(
        "appsrc name=in format=time caps=video/x-raw(memory:NVMM),format=NV12 ! tee name=t {} {}",
        branch("prod"),
        branch("dev")
    ))
    .unwrap()
    .downcast()
    .unwrap();
    let (strangers, seen) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    for (name, component) in [("prod", 1), ("dev", 2)] {
        let (strangers, seen) = (Arc::clone(&strangers), Arc::clone(&seen));
        let pad = pipeline.by_name(&format!("out-{name}")).unwrap();
        let pad = pad.static_pad("sink").unwrap();
        pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
            let buffer = info.buffer().unwrap();
            let batch = nvds.batch_of(buffer);
            let frame = nvds.list(batch, "NvDsBatchMeta", "frame_meta_list")[0];
            let object = nvds.unattached(batch, 1.0);
            nvds.set(object, "NvDsObjectMeta", "unique_component_id", component);
            nvds.add_object(frame, object, std::ptr::null_mut());
            for object in nvds.list(frame, "NvDsFrameMeta", "obj_meta_list") {
                let found: c_int = nvds.get(object, "NvDsObjectMeta", "unique_component_id");
                strangers.fetch_add(u64::from(found != component), Ordering::Relaxed);
            }
            seen.fetch_add(1, Ordering::Relaxed);
            gst::PadProbeReturn::Ok
        });
    }
    let input: gst_app::AppSrc = pipeline.by_name("in").unwrap().downcast().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let bus = pipeline.bus().unwrap();
    let mut started = 0;
    while started < 2 {
        let message = bus
            .timed_pop_filtered(
                gst::ClockTime::from_seconds(30),
                &[gst::MessageType::Element],
            )
            .expect("both flows start");
        let about = message.structure().unwrap();
        started += u8::from(about.get::<&str>("event") == Ok("started"));
    }
    for number in 0..PUSHED {
        let (mut buffer, _, _) = nvds.batch(1);
        let time = gst::ClockTime::from_mseconds(number);
        buffer.get_mut().unwrap().set_pts(time);
        input.push_buffer(buffer).unwrap();
    }
    input.end_of_stream().unwrap();
    let kinds = [gst::MessageType::Eos, gst::MessageType::Error];
    let end = bus.timed_pop_filtered(gst::ClockTime::from_seconds(60), &kinds);
    assert_eq!(end.unwrap().type_(), gst::MessageType::Eos);
    pipeline.set_state(gst::State::Null).unwrap();
    println!(
        "{PUSHED} buffers through two flowbins, objects of the other flow seen: {}",
        strangers.load(Ordering::Relaxed)
    );
    assert_eq!(seen.load(Ordering::Relaxed), 2 * PUSHED);
    assert_eq!(strangers.load(Ordering::Relaxed), 0);
}

fn a_copy_loses_nothing() {
    let nvds = fixture();
    let (buffer, batch, frames) = nvds.batch(2);
    let frame = frames[1];
    nvds.set::<u32>(frame, "NvDsFrameMeta", "pipeline_width", 480);
    nvds.set::<u32>(frame, "NvDsFrameMeta", "pipeline_height", 270);
    nvds.set_sensor(frame, "C5");
    let parent = nvds.object(batch, frame, std::ptr::null_mut(), 1.0);
    nvds.object(batch, frame, std::ptr::null_mut(), 2.0);
    let child = nvds.object(batch, frame, parent, 3.0);
    for component in [8, 9] {
        let classifier = nvds.acquire("classifier", batch);
        nvds.set::<c_int>(
            classifier,
            "NvDsClassifierMeta",
            "unique_component_id",
            component,
        );
        nvds.set(
            classifier,
            "NvDsClassifierMeta",
            "classifier_type",
            c"model".as_ptr(),
        );
        nvds.add("nvds_add_classifier_meta_to_object", child, classifier);
        for number in 0..2_u32 {
            let label = nvds.acquire("label_info", batch);
            nvds.set(label, "NvDsLabelInfo", "label_id", number);
            nvds.add("nvds_add_label_info_meta_to_classifier", classifier, label);
        }
    }
    // Three kinds of user metas: copied, shared because nobody frees them, and lost.
    let owners = [
        (batch, "nvds_add_user_meta_to_batch"),
        (frame, "nvds_add_user_meta_to_frame"),
        (child, "nvds_add_user_meta_to_obj"),
    ];
    let mut datum = 5_u8;
    for (owner, add) in owners {
        let tensor = nvds.tensor(batch, 3, "out", &[2], &[1.0, 2.0]);
        nvds.add(add, owner, tensor);
        let data = (&raw mut datum).cast();
        nvds.add(add, owner, nvds.user(batch, 8200, std::ptr::null(), data));
        let lost = nvds.user(batch, 8201, nothing as *const (), data);
        nvds.add(add, owner, lost);
        let tensor = nvds.tensor(batch, 4, "out", &[2], &[3.0, 4.0]);
        nvds.add(add, owner, tensor);
    }
    for count in 1..=2_u32 {
        let display = nvds.acquire("display", batch);
        nvds.set(display, "NvDsDisplayMeta", "num_rects", count);
        nvds.add("nvds_add_display_meta_to_frame", frame, display);
    }
    let held = buffer.clone();
    let isolated = isolate(buffer).unwrap();
    assert_eq!(isolated.lost, 3);
    assert_ne!(isolated.buffer.as_ptr(), held.as_ptr());
    let copy = nvds.batch_of(&isolated.buffer);
    assert_ne!(copy, batch);
    let mut expected = picture(batch);
    expected.retain(|line| !line.contains("8201"));
    assert_eq!(picture(copy), expected);
    // What is left of one is whole when the other is gone.
    drop(held);
    assert_eq!(picture(copy), expected);
}

/// Everything in a batch that a copy has to keep, a line each.
fn picture(batch: Raw) -> Vec<String> {
    let nvds = fixture();
    let mut lines = users(batch, "NvDsBatchMeta", "batch_user_meta_list");
    for frame in nvds.list(batch, "NvDsBatchMeta", "frame_meta_list") {
        let numbers = ["source_id", "pipeline_width", "pipeline_height"]
            .map(|field| nvds.get::<u32>(frame, "NvDsFrameMeta", field));
        lines.push(format!("frame {numbers:?}"));
        lines.extend(users(frame, "NvDsFrameMeta", "frame_user_meta_list"));
        for display in nvds.list(frame, "NvDsFrameMeta", "display_meta_list") {
            let rectangles: u32 = nvds.get(display, "NvDsDisplayMeta", "num_rects");
            lines.push(format!("display of {rectangles}"));
        }
        let objects = nvds.list(frame, "NvDsFrameMeta", "obj_meta_list");
        for &object in &objects {
            let parent: Raw = nvds.get(object, "NvDsObjectMeta", "parent");
            let parent = objects.iter().position(|&other| other == parent);
            let left: f32 = nvds.get(object, "NvDsObjectMeta", "rect_params");
            lines.push(format!("object at {left} in {parent:?}"));
            lines.extend(users(object, "NvDsObjectMeta", "obj_user_meta_list"));
            for classifier in nvds.list(object, "NvDsObjectMeta", "classifier_meta_list") {
                let kind: *const c_char =
                    nvds.get(classifier, "NvDsClassifierMeta", "classifier_type");
                let component: c_int =
                    nvds.get(classifier, "NvDsClassifierMeta", "unique_component_id");
                let labels: Vec<u32> = nvds
                    .list(classifier, "NvDsClassifierMeta", "label_info_list")
                    .into_iter()
                    .map(|label| nvds.get(label, "NvDsLabelInfo", "label_id"))
                    .collect();
                lines.push(format!("classifier {component} {kind:?} {labels:?}"));
            }
        }
    }
    lines
}

fn users(owner: Raw, structure: &str, field: &str) -> Vec<String> {
    let nvds = fixture();
    let metas = nvds.list(owner, structure, field).into_iter();
    metas
        .map(|meta| {
            let kind: c_int = nvds.get(meta, "NvDsBaseMeta", "meta_type");
            let data: Raw = nvds.get(meta, "NvDsUserMeta", "user_meta_data");
            format!("user meta {kind} {data:?} on {structure}")
        })
        .collect()
}

unsafe extern "C" fn nothing(_: Raw, _: Raw) {}

/// Memory that says when it goes.
struct Surface(Arc<AtomicBool>);

impl AsRef<[u8]> for Surface {
    fn as_ref(&self) -> &[u8] {
        &[1, 2, 3, 4]
    }
}

impl Drop for Surface {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn a_muxer_that_tells_no_size_is_no_crash() {
    let nvds = fixture();
    let (buffer, batch, frames) = nvds.batch(3);
    nvds.set::<u32>(batch, "NvDsBatchMeta", "max_frames_in_batch", 0);
    nvds.object(batch, frames[2], std::ptr::null_mut(), 1.0);
    let held = buffer.clone();
    let copy = isolate(buffer).unwrap().buffer;
    for buffer in [held, copy] {
        let batch = Batch::of(&buffer).unwrap().unwrap();
        let content = batch.read(&[]).unwrap();
        assert_eq!(
            (content.frames.len(), content.frames[2].objects.len()),
            (3, 1)
        );
    }
}

fn the_surface_lives_as_long_as_the_copy() {
    let nvds = fixture();
    let gone = Arc::new(AtomicBool::new(false));
    let (mut buffer, _, _) = nvds.batch(1);
    let memory = gst::Memory::from_slice(Surface(Arc::clone(&gone)));
    buffer.get_mut().unwrap().append_memory(memory);
    let surface = buffer.map_readable().unwrap().as_ptr();
    let copies = [buffer.clone(), buffer.clone()].map(|held| isolate(held).unwrap().buffer);
    drop(buffer);
    for copy in copies {
        assert!(!gone.load(Ordering::Relaxed));
        assert_eq!(copy.map_readable().unwrap().as_ptr(), surface);
    }
    assert!(gone.load(Ordering::Relaxed));
}

fn a_buffer_of_the_muxers_pool_is_not_used_again_meanwhile() {
    let nvds = fixture();
    let pool = gst::BufferPool::new();
    let mut config = pool.config();
    config.set_params(None, 16, 1, 1);
    pool.set_config(config).unwrap();
    pool.set_active(true).unwrap();
    let now = gst::BufferPoolAcquireParams::with_flags(gst::BufferPoolAcquireFlags::DONTWAIT);
    let mut buffer = pool.acquire_buffer(None).unwrap();
    nvds.batch_on(buffer.get_mut().unwrap(), 1);
    let held = buffer.clone();
    let copy = isolate(buffer).unwrap().buffer;
    drop(held);
    assert!(pool.acquire_buffer(Some(&now)).is_err());
    drop(copy);
    assert!(pool.acquire_buffer(Some(&now)).is_ok());
    pool.set_active(false).unwrap();
}

#[test]
fn what_nobody_shares_is_not_copied() {
    gst::init().unwrap();
    let buffer = gst::Buffer::from_slice([1, 2, 3]);
    let (at, held) = (buffer.as_ptr(), buffer.clone());
    // Without a batch a shared buffer is passed on as well.
    assert_eq!(isolate(buffer).unwrap().buffer.as_ptr(), at);
    drop(held);
}

fn plugin_init(plugin: &gst::Plugin) -> Result<(), gst::glib::BoolError> {
    flow::register(plugin)
}

gst::plugin_define!(
    isolationtest,
    "flowbin for batches of DeepStream",
    plugin_init,
    "0.1.0",
    "MIT/X11",
    "isolationtest",
    "isolationtest",
    "https://roundhouse.example"
);
