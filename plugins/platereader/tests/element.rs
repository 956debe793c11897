// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element on frames whose plates a network has read already.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

use std::path::PathBuf;
use std::sync::Once;

use gst::prelude::*;
use gst_check::Harness;
use messages::{Data, PlateReport, Timestamp, Validity};
use meta::{BoundingBox, Classification, Detection, FrameInfo, Tensor};
use roundhouse_platereader::PlateReader;

/// Classes of the network in these tests.
const LABELS: [&str; 12] = [
    "<blank>", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "-",
];

fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        gst::init().unwrap();
        gst::Element::register(
            None,
            "platereader",
            gst::Rank::NONE,
            PlateReader::static_type(),
        )
        .unwrap();
    });
}

/// A folder with a network's configuration and labels.
struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    fn new(labels: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("labels.txt"), labels).unwrap();
        let site = Self { folder };
        site.write(
            "tensor.txt",
            "[property]\ngie-unique-id=3\nnetwork-type=100\nlabelfile-path=labels.txt\n",
        );
        site.write("text.txt", "[property]\ngie-unique-id=5\nnetwork-type=1\n");
        site.write("facility.toml", &hall());
        site
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn element(&self, readers: &[&str]) -> gst::Element {
        init();
        let readers: Vec<_> = readers
            .iter()
            .map(|name| self.path(name).display().to_string())
            .collect();
        gst::ElementFactory::make("platereader")
            .property("facility", self.path("facility.toml").display().to_string())
            .property("readers", readers.join(";"))
            .build()
            .unwrap()
    }
}

fn demo() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/demo/facility.toml")
}

/// The demo hall, without what it says of its machines' numbers.
fn hall() -> String {
    let demo = std::fs::read_to_string(demo()).unwrap();
    let (hall, _) = demo.split_once("[numbering]").unwrap();
    hall.into()
}

fn caps() -> gst::Caps {
    gst_video::VideoCapsBuilder::new()
        .format(gst_video::VideoFormat::Gray8)
        .width(960)
        .height(540)
        .framerate(gst::Fraction::new(5, 1))
        .build()
}

fn harness(element: &gst::Element) -> Harness {
    let mut harness = Harness::with_element(element, Some("sink"), Some("src"));
    harness.set_src_caps(caps());
    harness
}

/// What a network says that sees these signs, each by `sure`, and next to it the other sign.
fn tensor(component: u32, text: &str, other: &str, sure: f32) -> Tensor {
    let class = |sign: char| {
        let wanted = sign.to_string();
        LABELS.iter().position(|label| *label == wanted).unwrap()
    };
    let mut data = Vec::new();
    for (sign, other) in text.chars().zip(other.chars()) {
        let mut step = vec![0.0; LABELS.len()];
        step[class(sign)] += sure;
        step[class(other)] += 1.0 - sure;
        data.extend(step);
        let mut blank = vec![0.0; LABELS.len()];
        blank[0] = 1.0;
        data.extend(blank);
    }
    Tensor {
        component,
        name: "prob".into(),
        shape: vec![data.len() / LABELS.len(), LABELS.len()],
        data: data.into(),
    }
}

/// A plate 2 m above track T2 of the demo hall, as camera C1 sees it.
fn plate(id: Option<u64>) -> Detection {
    let facility = facility::Facility::load(&demo()).unwrap();
    let projection = facility.camera("C1").unwrap().projection.as_ref().unwrap();
    let [x, y] = facility.track("T2").unwrap().point(8.0);
    let [u, v] = projection.project([x, y, 2.0]).unwrap();
    let bounds = BoundingBox {
        x: u as f32 - 40.0,
        y: v as f32 - 10.0,
        width: 80.0,
        height: 20.0,
    };
    let mut detection = Detection::new(1, 2, "plate".into(), 0.9, bounds);
    detection.tracker_id = id;
    detection
}

fn frame(sequence: u64, detections: Vec<Detection>) -> gst::Buffer {
    let mut buffer = gst::Buffer::with_size(960 * 540).unwrap();
    let time = Timestamp::from_nanos(sequence as i64 * 200_000_000);
    let mut info = FrameInfo::new("C1", 0, time);
    info.sequence = sequence;
    (info.width, info.height) = (960, 540);
    info.detections = detections;
    info.attach(buffer.get_mut().unwrap());
    buffer
}

fn reports(buffer: &gst::BufferRef) -> Vec<PlateReport> {
    let info = FrameInfo::of(buffer).unwrap();
    let plate = |event: &std::sync::Arc<messages::Event>| match &event.data {
        Data::Plate(report) => report.clone(),
        other => panic!("{other:?}"),
    };
    info.reports.iter().map(plate).collect()
}

fn stat(element: &gst::Element, name: &str) -> u64 {
    element
        .property::<gst::Structure>("stats")
        .get(name)
        .unwrap()
}

fn shipped_labels() -> Vec<u8> {
    (LABELS.join("\n") + "\n").into_bytes()
}

#[test]
fn a_number_is_read_voted_on_and_placed() {
    let site = Site::new(&shipped_labels());
    let element = site.element(&["tensor.txt"]);
    let mut harness = harness(&element);
    let look = |sequence, text: &str, other: &str, sure| {
        let mut detection = plate(Some(7));
        detection.tensors.push(tensor(3, text, other, sure));
        frame(sequence, vec![detection])
    };
    // 185 123-7 is right, 185 128-6 has a right check digit, too, and is what the first look prefers.
    let first = harness
        .push_and_pull(look(0, "1851286", "1851237", 0.6))
        .unwrap();
    let first = reports(&first).remove(0);
    assert_eq!(
        (first.text.as_str(), first.camera.as_str()),
        ("185 128-6", "C1")
    );
    let mut last = first.clone();
    for sequence in 1..5 {
        let seen = harness
            .push_and_pull(look(sequence, "1851237", "1851286", 0.9))
            .unwrap();
        last = reports(&seen).remove(0);
        let info = FrameInfo::of(&seen).unwrap();
        assert_eq!(
            &*info.detections[0].classifications[0].label,
            last.text.as_str(),
            "overlays see what is reported"
        );
    }
    assert_eq!(
        last.text, "185 123-7",
        "the wrong early reading is outvoted"
    );
    assert!(
        last.confidence > first.confidence && last.confidence > 0.9,
        "{last:?}"
    );
    assert_eq!(last.scheme.as_deref(), Some("uic_short"));
    assert_eq!(last.valid, Some(Validity::Passed));
    assert!(
        last.alternatives
            .iter()
            .any(|other| other.text == "185 128-6")
    );
    assert_eq!(last.track, "T2");
    assert!((last.s - 8.0).abs() < 2.0 * last.sigma, "{last:?}");
    assert_eq!(stat(&element, "reports"), 5);
}

#[test]
fn two_readers_are_added_up() {
    let site = Site::new(&shipped_labels());
    site.write(
        "second.txt",
        "[property]\ngie-unique-id=4\nnetwork-type=100\nlabelfile-path=labels.txt\n",
    );
    let read = |readers: &[&str]| {
        let mut harness = harness(&site.element(readers));
        let mut detection = plate(Some(7));
        detection.tensors.push(tensor(3, "1851286", "1851237", 0.6));
        detection.tensors.push(tensor(4, "1851237", "1851286", 0.9));
        let seen = harness.push_and_pull(frame(0, vec![detection])).unwrap();
        reports(&seen).remove(0).text
    };
    assert_eq!(read(&["tensor.txt"]), "185 128-6");
    assert_eq!(read(&["second.txt"]), "185 123-7");
    assert_eq!(read(&["tensor.txt", "second.txt"]), "185 123-7");
}

#[test]
fn a_users_own_network_may_say_whole_texts() {
    let site = Site::new(&shipped_labels());
    let mut harness = harness(&site.element(&["text.txt"]));
    let mut detection = plate(Some(7));
    detection.classifications.push(Classification {
        component: 5,
        class_id: 0,
        label: "ВЛ80С-1234".into(),
        confidence: 0.9,
    });
    let seen = harness.push_and_pull(frame(0, vec![detection])).unwrap();
    let report = reports(&seen).remove(0);
    assert_eq!(report.text, "ВЛ80С-1234");
    assert_eq!(report.scheme.as_deref(), Some("cis_series"));
}

#[test]
fn schemes_of_the_property_replace_those_of_the_facility() {
    let site = Site::new(&shipped_labels());
    let read = |schemes: &str| {
        let element = site.element(&["tensor.txt"]);
        element.set_property("schemes", schemes);
        let mut harness = harness(&element);
        let mut detection = plate(Some(7));
        detection.tensors.push(tensor(3, "66726", "88728", 0.9));
        let seen = harness.push_and_pull(frame(0, vec![detection])).unwrap();
        reports(&seen).remove(0).scheme
    };
    assert_eq!(read("uk5; cis8").as_deref(), Some("uk5"));
    assert_eq!(read("in_number").as_deref(), Some("in_number"));
}

#[test]
fn what_cannot_be_read_is_counted_and_passes() {
    let site = Site::new(&shipped_labels());
    let element = site.element(&["tensor.txt"]);
    let mut harness = harness(&element);
    let mut small = plate(Some(1));
    small.bounding_box.height = 9.0;
    small.tensors.push(tensor(3, "1851237", "1851286", 0.9));
    let mut foreign = plate(Some(2));
    foreign.tensors.push(Tensor {
        shape: vec![2, 40],
        data: vec![0.025; 80].into(),
        ..tensor(3, "1", "1", 1.0)
    });
    let mut logits = plate(Some(3));
    logits.tensors.push(Tensor {
        data: vec![3.0; 24].into(),
        shape: vec![2, 12],
        ..tensor(3, "1", "1", 1.0)
    });
    let mut empty = plate(Some(4));
    empty.tensors.push(Tensor {
        data: Vec::new().into(),
        shape: Vec::new(),
        ..tensor(3, "1", "1", 1.0)
    });
    let mut silent = plate(Some(5));
    silent.tensors.push(Tensor {
        data: [[1.0_f32; 1].as_slice(), &[0.0; 11]].concat().into(),
        shape: vec![1, 12],
        ..tensor(3, "1", "1", 1.0)
    });
    let mut outside = plate(Some(6));
    outside.bounding_box.x = f32::NAN;
    outside.tensors.push(tensor(3, "1851237", "1851286", 0.9));
    let mut pixel = plate(Some(8));
    (pixel.bounding_box.width, pixel.bounding_box.height) = (1.0, 1.0);
    pixel.tensors.push(tensor(3, "1851237", "1851286", 0.9));
    let unlooked = plate(Some(9));
    let all = vec![
        small, foreign, logits, empty, silent, outside, pixel, unlooked,
    ];
    let seen = harness.push_and_pull(frame(0, all)).unwrap();
    assert!(reports(&seen).is_empty());
    assert_eq!(stat(&element, "small"), 2);
    assert_eq!(stat(&element, "errors-tensor"), 3);
    assert_eq!(stat(&element, "unread"), 1);
    assert_eq!(stat(&element, "off-track"), 1);
}

#[test]
fn the_last_crops_are_kept_with_their_readings() {
    let site = Site::new(&shipped_labels());
    let element = site.element(&["tensor.txt"]);
    let folder = site.path("crops");
    element.set_property("debug-crops", folder.display().to_string());
    element.set_property("debug-crops-count", 2_u32);
    let mut harness = harness(&element);
    for sequence in 0..4 {
        let mut detection = plate(Some(7));
        detection.tensors.push(tensor(3, "1851237", "1851286", 0.9));
        harness
            .push_and_pull(frame(sequence, vec![detection]))
            .unwrap();
    }
    let table = std::fs::read_to_string(folder.join("readings.csv")).unwrap();
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines.len(), 3, "{table}");
    assert!(
        lines[2].starts_with("C1-3-0.png,\"185 123-7\",0."),
        "{table}"
    );
    let crop = image::open(folder.join("C1-3-0.png")).unwrap();
    assert_eq!((crop.width(), crop.height()), (80, 20));
    assert_eq!(
        std::fs::read_dir(&folder).unwrap().count(),
        3,
        "two crops and the table"
    );
}

/// What the element says when it does not start.
fn refusal(element: &gst::Element) -> String {
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    assert!(element.set_state(gst::State::Paused).is_err());
    let message = bus.pop_filtered(&[gst::MessageType::Error]).unwrap();
    element.set_state(gst::State::Null).unwrap();
    let gst::MessageView::Error(error) = message.view() else {
        panic!()
    };
    error.error().to_string()
}

#[test]
fn settings_that_are_wrong_are_refused_with_a_sentence() {
    let said = |labels: &[u8], readers: &[&str]| refusal(&Site::new(labels).element(readers));
    let labels = shipped_labels();
    assert!(said(&labels, &[]).contains("'readers' is not set"));
    assert!(said(&labels, &["none.txt"]).contains("none.txt"));
    assert!(said(&labels, &["tensor.txt", "tensor.txt"]).contains("gie-unique-id=3"));
    assert!(said(b"1\n2\n", &["tensor.txt"]).contains("<blank>"));
    assert!(said(b"<blank>\n\xff\n", &["tensor.txt"]).contains("no UTF-8"));
    let element = Site::new(&labels).element(&["tensor.txt"]);
    element.set_property("facility", None::<String>);
    assert!(refusal(&element).contains("'facility' is not set"));
}

#[test]
fn schemes_and_rosters_that_are_wrong_are_refused() {
    let site = Site::new(&shipped_labels());
    let refuse = |numbering: &str| {
        site.write(
            "facility.toml",
            &format!("{}\n[numbering]\n{numbering}", hall()),
        );
        refusal(&site.element(&["tensor.txt"]))
    };
    let broken = "[[numbering.scheme]]\nid = \"works\"\npattern = '(\\d{2}'\n";
    assert!(refuse(broken).contains("pattern"), "{}", refuse(broken));
    site.write("roster.csv", "185 123-7\n185 123-7\n");
    let twice = refuse("roster = \"roster.csv\"\n");
    assert!(twice.contains("stands in line 1 already"), "{twice}");
    site.write("facility.toml", &hall());
    let element = site.element(&["tensor.txt"]);
    element.set_property("schemes", "uic_long");
    assert!(refusal(&element).contains("no shipped scheme 'uic_long'"));
}

#[test]
fn the_shipped_readers_can_be_read_alone_and_together() {
    let models = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../models/trt");
    let config = |name: &str| models.join(name).join("config_infer.txt");
    let both = [config("platereader"), config("platereader-ppocr")];
    for (readers, components) in [
        (&both[..1], vec![3]),
        (&both[1..], vec![4]),
        (&both, vec![3, 4]),
    ] {
        let files: Vec<_> = readers.iter().map(|file| file.to_str().unwrap()).collect();
        let networks =
            roundhouse_platereader::networks::Network::load_all(&files.join(";")).unwrap();
        let found: Vec<_> = networks.iter().map(|network| network.component).collect();
        assert_eq!(found, components);
    }
}

#[test]
fn the_second_readers_classes_are_shapes() {
    let labels = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../models/trt/platereader-ppocr/labels.txt");
    let text = std::fs::read_to_string(&labels).unwrap();
    let classes: Vec<_> = text.lines().collect();
    // The network's classes: the blank, 18,708 signs, the space.
    assert_eq!(classes.len(), 18_710);
    assert_eq!((classes[0], classes[18_709]), ("<blank>", "-"));
    let alphabet = plates::Alphabet::load(&labels).unwrap();
    let says = |sign: char| alphabet.says(plates::Shape::of(sign).unwrap());
    assert!("0123456789ABCDEFGHIJKLMNPQRSTUVWXYZ".chars().all(says));
    assert!(!"БДЖИЦЧШЩЫЭЮЯЬ".chars().any(says));
}
