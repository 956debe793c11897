// SPDX-License-Identifier: MIT OR Apache-2.0
//! The same detections as a packet and as a batch of `DeepStream` make the same states, byte for byte, in each family.
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

use std::ffi::{CStr, c_char};
use std::path::{Path, PathBuf};
use std::sync::Once;

use double::{Raw, fixture};
use facility::{END_HEIGHT, END_WIDTH, Facility};
use family::in_each_family;
use gst::prelude::*;
use messages::{Data, Event, Timestamp};
use meta::{BoundingBox, Classification, Detection, FrameInfo, Packet, Slot, SlotStatus, Tensor};

const TICKS: u64 = 60;
/// Time between two ticks, ns.
const TICK: u64 = 200_000_000;
/// Caps of what [`batch`] makes.
const BATCHES: &str = "video/x-raw(memory:NVMM),format=NV12,width=480,height=270,framerate=5/1";

in_each_family! {
    deepstream_7_1 = "7.1",
    deepstream_8_0 = "8.0",
    deepstream_9_1 = "9.1";
    (
        reports_on_batches_become_the_documents_of_those_on_packets,
        packets_and_batches_make_the_same_states,
        results_are_shown_and_survive_a_copy,
        a_layout_that_nobody_knows_is_an_error_of_fsefuse_and_reportconvert,
    )
}

fn plugin_init(plugin: &gst::Plugin) -> Result<(), gst::glib::BoolError> {
    locoposition::register(plugin)?;
    locomodel::register(plugin)?;
    platereader::register(plugin)?;
    fsefuse::register(plugin)
}

gst::plugin_define!(
    deepstreamtest,
    "elements under test",
    plugin_init,
    "0.1.0",
    "MIT/X11",
    "deepstreamtest",
    "deepstreamtest",
    "https://roundhouse.example"
);

fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        gst::init().unwrap();
        plugin_register_static().unwrap();
    });
}

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/demo/facility.toml")
}

fn answer(component: u32, label: &str) -> Classification {
    Classification {
        component,
        class_id: 1,
        label: label.into(),
        confidence: 0.875,
    }
}

/// The classes of the network that reads plates.
const CLASSES: [&str; 11] = ["<blank>", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// What a network says that reads `number`: a step per digit, each followed by a blank.
fn reading(number: &str) -> Tensor {
    let steps = number
        .bytes()
        .flat_map(|digit| [usize::from(digit - b'0') + 1, 0]);
    let data: Vec<f32> = steps
        .flat_map(|sure| {
            (0..CLASSES.len()).map(move |class| if class == sure { 0.97 } else { 0.003 })
        })
        .collect();
    Tensor {
        component: 5,
        name: "steps".into(),
        shape: vec![2 * number.len(), CLASSES.len()],
        data: data.into(),
    }
}

/// One camera's part of the scene: its end of the locomotive.
struct Sight {
    camera: &'static str,
    source: u32,
    end: &'static str,
    /// Where that end is along track T2 at the start, metres.
    metre: f64,
}

/// A locomotive of 23 m; C1 looks at its head, C5 at its tail.
const SIGHTS: [Sight; 2] = [
    Sight {
        camera: "C1",
        source: 0,
        end: "head",
        metre: 8.2,
    },
    Sight {
        camera: "C5",
        source: 4,
        end: "tail",
        metre: 31.2,
    },
];

/// An end that goes along track T2 of the demo hall, head first, and the plate on it.
fn detections(facility: &Facility, sight: &Sight, tick: u64) -> Vec<Detection> {
    let camera = facility.camera(sight.camera).unwrap();
    let projection = camera.projection.as_ref().unwrap();
    let track = facility.track("T2").unwrap();
    let metre = sight.metre - tick as f64 * 0.02;
    let [left, top, right, bottom] = projection
        .end_box(track, metre, END_WIDTH, END_HEIGHT)
        .unwrap()
        .map(|edge| edge as f32);
    let boxed = |x, y, width, height| BoundingBox {
        x,
        y,
        width,
        height,
    };
    let bounds = boxed(left, top, right - left, bottom - top);
    let mut end = Detection::new(1, 0, sight.end.into(), 0.875, bounds);
    end.classifications.push(answer(2, "D23"));
    let [x, y] = track.point(metre);
    let [across, down] = projection.project([x, y, 2.0]).unwrap();
    let bounds = boxed(across as f32 - 40.0, down as f32 - 10.0, 80.0, 20.0);
    let mut plate = Detection::new(1, 2, "plate".into(), 0.875, bounds);
    plate.tracker_id = Some(7);
    plate.tensors.push(reading("80001012"));
    vec![end, plate]
}

fn packet(facility: &Facility, tick: u64, start: Timestamp) -> gst::Buffer {
    let slots = SIGHTS.iter().map(|sight| {
        let time = start.saturating_add((tick * TICK).cast_signed());
        let mut info = FrameInfo::new(sight.camera, sight.source, time);
        info.sequence = tick;
        (info.width, info.height) = (960, 540);
        info.inferred_by = vec![1, 2, 5];
        info.detections = detections(facility, sight, tick);
        let mut frame = gst::Buffer::new();
        info.attach(frame.get_mut().unwrap());
        Slot {
            camera: sight.camera.into(),
            source: sight.source,
            status: SlotStatus::Fresh,
            frame: Some(frame),
            video_info: None,
        }
    });
    let mut buffer = gst::Buffer::new();
    let slots = slots.collect();
    Packet { slots }.attach(buffer.get_mut().unwrap());
    buffer
}

fn text(text: &str) -> [u8; 128] {
    let mut field = [0; 128];
    field[..text.len()].copy_from_slice(text.as_bytes());
    field
}

/// As nvstreammux and nvinfer make it; the muxer has halved the pictures. In layouts that know sensors, the source
/// of the second is none of the facility's, and its sensor id says which camera it is.
fn batch(facility: &Facility, tick: u64, start: Timestamp) -> gst::Buffer {
    let nvds = fixture();
    let (buffer, batch, frames) = nvds.batch(SIGHTS.len() as u32);
    for (&frame, sight) in frames.iter().zip(&SIGHTS) {
        let number = |field, value: u32| nvds.set(frame, "NvDsFrameMeta", field, value);
        let named = sight.source != 0 && nvds.set_sensor(frame, sight.camera);
        number("source_id", if named { 1 } else { sight.source });
        number("frame_num", tick as u32);
        number("bInferDone", 1);
        number("source_frame_width", 960);
        number("source_frame_height", 540);
        number("pipeline_width", 480);
        number("pipeline_height", 270);
        nvds.set(frame, "NvDsFrameMeta", "buf_pts", tick * TICK);
        if start.nanos() > 0 {
            let time = start.nanos().cast_unsigned() + tick * TICK;
            nvds.set(frame, "NvDsFrameMeta", "ntp_timestamp", time);
        }
        // DeepStream's list begins with what was added last.
        for detection in detections(facility, sight, tick).into_iter().rev() {
            add(batch, frame, &detection);
        }
    }
    buffer
}

fn add(batch: Raw, frame: Raw, detection: &Detection) {
    let nvds = fixture();
    let bounds = detection.bounding_box.scaled(0.5, 0.5);
    let object = nvds.object(batch, frame, std::ptr::null_mut(), bounds.x);
    let place = nvds.table["NvDsObjectMeta"]["fields"]["rect_params"][0].as_u64();
    // SAFETY: the table says that the rectangle begins there.
    let rect = unsafe { object.byte_add(place.unwrap() as usize) };
    for (field, value) in [
        ("top", bounds.y),
        ("width", bounds.width),
        ("height", bounds.height),
    ] {
        nvds.set(rect, "NvOSD_RectParams", field, value);
    }
    let set = |field, value: i32| nvds.set(object, "NvDsObjectMeta", field, value);
    set("unique_component_id", detection.component.cast_signed());
    set("class_id", detection.class_id);
    nvds.set(object, "NvDsObjectMeta", "confidence", detection.confidence);
    nvds.set(
        object,
        "NvDsObjectMeta",
        "obj_label",
        text(&detection.label),
    );
    let id = detection.tracker_id.unwrap_or(u64::MAX);
    nvds.set(object, "NvDsObjectMeta", "object_id", id);
    for answer in &detection.classifications {
        let classifier = nvds.acquire("classifier", batch);
        let component = answer.component.cast_signed();
        nvds.set(
            classifier,
            "NvDsClassifierMeta",
            "unique_component_id",
            component,
        );
        nvds.add("nvds_add_classifier_meta_to_object", object, classifier);
        let label = nvds.acquire("label_info", batch);
        nvds.set(label, "NvDsLabelInfo", "result_label", text(&answer.label));
        nvds.set(label, "NvDsLabelInfo", "result_class_id", answer.class_id);
        nvds.set(label, "NvDsLabelInfo", "result_prob", answer.confidence);
        nvds.add("nvds_add_label_info_meta_to_classifier", classifier, label);
    }
    for tensor in &detection.tensors {
        let dims: Vec<u32> = tensor.shape.iter().map(|&size| size as u32).collect();
        let meta = nvds.tensor(batch, tensor.component, &tensor.name, &dims, &tensor.data);
        nvds.add("nvds_add_user_meta_to_obj", object, meta);
    }
}

/// A folder with the configurations of the networks.
fn networks() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("labels.txt", "N17;D23;T28\n");
    write(
        "model.txt",
        "[property]\ngie-unique-id=2\nlabelfile-path=labels.txt\n",
    );
    write("signs.txt", &CLASSES.join("\n"));
    write(
        "plate.txt",
        "[property]\ngie-unique-id=5\nlabelfile-path=signs.txt\n",
    );
    folder
}

/// The three estimators behind an `appsrc`, and what follows.
fn chain(networks: &Path, caps: &str, settings: &str, behind: &str) -> gst::Pipeline {
    let (at, site) = (networks.display(), demo());
    let site = site.display();
    gst::parse::launch(&format!(
        "appsrc name=in format=time caps={caps} ! locoposition facility={site} {settings} \
         ! locomodel facility={site} classifier={at}/model.txt {settings} \
         ! platereader facility={site} readers={at}/plate.txt {settings} ! {behind}"
    ))
    .unwrap()
    .downcast()
    .unwrap()
}

/// The states that the whole chain makes of its buffers, and the reports that they were made of.
fn states(
    caps: &str,
    start: Timestamp,
    make: fn(&Facility, u64, Timestamp) -> gst::Buffer,
) -> (Vec<String>, String) {
    let folder = networks();
    let behind = format!(
        "fsefuse facility={} record={}/record.jsonl ! appsink name=out sync=false",
        demo().display(),
        folder.path().display()
    );
    let states = documents(&chain(folder.path(), caps, "", &behind), start, make);
    let record = std::fs::read_to_string(folder.path().join("record.jsonl")).unwrap();
    (states, record)
}

/// The documents that come out of a chain when all buffers have gone into it.
fn documents(
    pipeline: &gst::Pipeline,
    start: Timestamp,
    make: fn(&Facility, u64, Timestamp) -> gst::Buffer,
) -> Vec<String> {
    let input: gst_app::AppSrc = pipeline.by_name("in").unwrap().downcast().unwrap();
    let output: gst_app::AppSink = pipeline.by_name("out").unwrap().downcast().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let facility = Facility::load(&demo()).unwrap();
    for tick in 0..TICKS {
        let mut buffer = make(&facility, tick, start);
        let time = gst::ClockTime::from_nseconds(tick * TICK);
        buffer.get_mut().unwrap().set_pts(time);
        input.push_buffer(buffer).unwrap();
    }
    input.end_of_stream().unwrap();
    let mut documents = Vec::new();
    while let Ok(sample) = output.pull_sample() {
        let bytes = sample.buffer().unwrap().map_readable().unwrap().to_vec();
        documents.push(String::from_utf8(bytes).unwrap());
    }
    let errors = pipeline.bus().unwrap();
    if let Some(message) = errors.pop_filtered(&[gst::MessageType::Error]) {
        panic!("{message:?}");
    }
    pipeline.set_state(gst::State::Null).unwrap();
    documents
}

fn reports_on_batches_become_the_documents_of_those_on_packets() {
    init();
    let start = Timestamp::from_nanos(0);
    let networks = networks();
    let reports = |caps, make| {
        let chain = chain(
            networks.path(),
            caps,
            "",
            "reportconvert ! appsink name=out sync=false",
        );
        documents(&chain, start, make)
    };
    let packets = reports("multistream/x-frame-packet,framerate=5/1", packet);
    let batches = reports(BATCHES, batch);
    for kind in ["position-report", "model-report", "plate-report"] {
        let said = packets.iter().any(|document| document.contains(kind));
        assert!(said, "{kind}: {packets:?}");
    }
    assert_eq!(packets, batches);
}

fn packets_and_batches_make_the_same_states() {
    init();
    // Frames bring their own time from 2026-03-01T06:00:00Z on; in one of the families they bring none and count from 1970.
    let timeless = std::env::var(double::TABLE).unwrap().contains("8.0");
    let start = if timeless {
        0
    } else {
        1_772_344_800_000_000_000
    };
    let start = Timestamp::from_nanos(start);
    let packets = states("multistream/x-frame-packet,framerate=5/1", start, packet);
    let batches = states(BATCHES, start, batch);
    let (states, record) = &packets;
    for kind in ["position-report", "model-report", "plate-report"] {
        assert!(record.contains(kind), "{kind}: {record}");
    }
    the_locomotive_is_in(states.last().unwrap(), start);
    assert_eq!(packets, batches);
}

/// The last state shows the locomotive of the scene: where it is, which model and which number it has.
fn the_locomotive_is_in(document: &str, start: Timestamp) {
    let event = Event::parse(document).unwrap();
    let Data::State(state) = &event.data else {
        panic!("{document}")
    };
    assert!(
        event.time >= start.saturating_add(10_000_000_000),
        "{document}"
    );
    assert_eq!((state.count, state.locomotives.len()), (1, 1), "{document}");
    let locomotive = &state.locomotives[0];
    assert_eq!(locomotive.track, "T2");
    assert!((locomotive.head.s - 7.0).abs() < 0.5, "{document}");
    assert!((locomotive.tail.s - 30.0).abs() < 0.5, "{document}");
    assert_eq!(locomotive.seen_by, ["C1", "C5"]);
    assert_eq!(locomotive.model.as_ref().unwrap().name, "D23");
    assert_eq!(locomotive.plate.as_ref().unwrap().text, "80001012");
}

/// Looks at a plate after which its number is sure enough to be written.
const LOOKS: u64 = 5;

/// What the estimators make of the last of a few batches.
fn estimated(settings: &str) -> gst::Buffer {
    let folder = networks();
    let pipeline = chain(
        folder.path(),
        BATCHES,
        settings,
        "appsink name=out sync=false",
    );
    let input: gst_app::AppSrc = pipeline.by_name("in").unwrap().downcast().unwrap();
    let output: gst_app::AppSink = pipeline.by_name("out").unwrap().downcast().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let facility = Facility::load(&demo()).unwrap();
    for tick in 0..LOOKS {
        let mut buffer = batch(&facility, tick, Timestamp::from_nanos(0));
        let time = gst::ClockTime::from_nseconds(tick * TICK);
        buffer.get_mut().unwrap().set_pts(time);
        input.push_buffer(buffer).unwrap();
    }
    input.end_of_stream().unwrap();
    for _ in 1..LOOKS {
        output.pull_sample().unwrap();
    }
    let sample = output.pull_sample().unwrap();
    pipeline.set_state(gst::State::Null).unwrap();
    sample.buffer_owned().unwrap()
}

/// The display text of every object of the first frame.
fn shown(buffer: &gst::BufferRef) -> Vec<Option<String>> {
    let nvds = fixture();
    let batch = nvds.batch_of(buffer);
    let frame = nvds.list(batch, "NvDsBatchMeta", "frame_meta_list")[0];
    let objects = nvds.list(frame, "NvDsFrameMeta", "obj_meta_list");
    let text = |object| {
        // The display text is the first field of the text.
        let text: *const c_char = nvds.get(object, "NvDsObjectMeta", "text_params");
        // SAFETY: NULL or a C string.
        (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_str().unwrap().to_owned())
    };
    objects.into_iter().map(text).collect()
}

fn results_are_shown_and_survive_a_copy() {
    init();
    let buffer = estimated("");
    let expected = ["T2 8.1 m D23", "80001012"].map(|text| Some(text.to_owned()));
    assert_eq!(shown(&buffer), expected);
    assert_eq!(shown(&estimated("display-text=false")), [None, None]);

    let held = buffer.clone();
    let copies = [
        buffer.copy(),
        roundhouse_nvds::isolate(held).unwrap().buffer,
    ];
    let kinds = |buffer: &gst::BufferRef| -> Vec<Vec<&'static str>> {
        let frames = meta::View::default().reported_frames(buffer).unwrap();
        let kinds = frames.iter().map(|frame| {
            let kind = |report: &std::sync::Arc<Event>| match report.data {
                Data::Position(_) => "position",
                Data::Model(_) => "model",
                Data::Plate(_) => "plate",
                _ => "another",
            };
            frame.reports.iter().map(kind).collect()
        });
        kinds.collect()
    };
    let reports = vec![vec!["position", "model", "plate"]; 2];
    assert_eq!(kinds(&buffer), reports);
    drop(buffer);
    for copy in copies {
        assert_eq!(kinds(&copy), reports);
    }
}

fn a_layout_that_nobody_knows_is_an_error_of_fsefuse_and_reportconvert() {
    init();
    let fusion = refused(&format!("fsefuse facility={}", demo().display()));
    assert!(fusion.contains("sink_0"), "{fusion}");
    refused("reportconvert");
}

/// What `element` says of a batch of unknown layout.
fn refused(element: &str) -> String {
    let pipeline: gst::Pipeline = gst::parse::launch(&format!(
        "appsrc name=in format=time caps={BATCHES} ! {element} ! fakesink"
    ))
    .unwrap()
    .downcast()
    .unwrap();
    let input: gst_app::AppSrc = pipeline.by_name("in").unwrap().downcast().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let nvds = fixture();
    let (buffer, batch, _) = nvds.batch(1);
    let pool: Raw = nvds.get(batch, "NvDsBatchMeta", "frame_meta_pool");
    nvds.set::<u32>(pool, "NvDsMetaPool", "element_size", 999);
    input.push_buffer(buffer).unwrap();
    let message = pipeline
        .bus()
        .unwrap()
        .timed_pop_filtered(gst::ClockTime::from_seconds(30), &[gst::MessageType::Error]);
    pipeline.set_state(gst::State::Null).unwrap();
    let message = message.unwrap();
    let gst::MessageView::Error(error) = message.view() else {
        panic!("{message:?}")
    };
    let said = error.error().to_string();
    for part in ["999 bytes", "DeepStream 6.2 to 7.1 (200 and 544)"] {
        assert!(said.contains(part), "{said}");
    }
    said
}
