// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is taken apart is put together again.

use bus::{Draft, Message, Stamp};
use gst_video::VideoFormat;
use messages::{CameraHealth, Health, Timestamp};
use meta::{FrameInfo, Packet, Slot, SlotStatus};

use super::{Assembly, Disassembly, Item, Origin, Outgoing};

const LENGTH: gst::ClockTime = gst::ClockTime::from_mseconds(200);

fn origin() -> Origin {
    Origin {
        facility: "hall-a".to_owned(),
        flow: "raw".to_owned(),
    }
}

fn disassembly(caps: &str) -> Disassembly {
    gst::init().unwrap();
    let caps: gst::Caps = caps.parse().unwrap();
    Disassembly::new(&caps, false, origin(), None, Timestamp::from_nanos(0)).unwrap()
}

/// A frame of a camera whose pixels are all `value`.
fn frame(
    camera: &str,
    source: u32,
    sequence: u64,
    value: u8,
) -> (gst::Buffer, gst_video::VideoInfo) {
    let info = gst_video::VideoInfo::builder(VideoFormat::I420, 16, 8)
        .build()
        .unwrap();
    let mut buffer = gst::Buffer::from_slice(vec![value; info.size()]);
    let time = Timestamp::from_nanos(1_000_000_000 * sequence as i64);
    let mut known = FrameInfo::new(camera, source, time);
    known.sequence = sequence;
    known.attach(buffer.make_mut());
    (buffer, info)
}

fn slot(
    camera: &str,
    source: u32,
    status: SlotStatus,
    frame: Option<(gst::Buffer, gst_video::VideoInfo)>,
) -> Slot {
    let (frame, video_info) = frame.unzip();
    Slot {
        camera: camera.into(),
        source,
        status,
        frame,
        video_info,
    }
}

fn packet(slots: Vec<Slot>, at: gst::ClockTime) -> gst::Buffer {
    let mut buffer = gst::Buffer::new();
    let buffer_mut = buffer.make_mut();
    buffer_mut.set_pts(at);
    buffer_mut.set_duration(LENGTH);
    Packet { slots }.attach(buffer_mut);
    buffer
}

/// Sends messages, each with its stamp.
struct Wire(u64);

impl Wire {
    fn carry(&mut self, outgoing: Vec<Outgoing>, assembly: &mut Assembly) {
        for message in outgoing {
            self.0 += 1;
            let stamp = Stamp {
                sender: "test".to_owned(),
                sequence: self.0,
            };
            // What is known of a document that is written here is what would be read of it.
            assert_eq!(Draft::read(&message.draft.document).unwrap(), message.draft);
            let message = message.draft.stamped(message.payload, stamp);
            assembly
                .take(Message::read(message.event, message.payload).unwrap())
                .unwrap();
        }
    }
}

/// Everything of packets that matters.
fn told(buffer: &gst::Buffer) -> String {
    let packet = Packet::of(buffer).unwrap();
    let slots = packet.slots.iter().map(|slot| {
        let frame = slot.frame.as_ref();
        let pixels = frame.map(|frame| frame.map_readable().unwrap().to_vec());
        let format = slot
            .video_info
            .as_ref()
            .map(|info| info.to_caps().unwrap().to_string());
        let info = frame.map(|frame| FrameInfo::of(frame).unwrap().clone());
        format!(
            "{} {} {:?} {pixels:?} {format:?} {info:?}",
            slot.camera, slot.source, slot.status
        )
    });
    let slots: Vec<String> = slots.collect();
    format!(
        "{:?} {:?} {}",
        buffer.pts(),
        buffer.duration(),
        slots.join("\n")
    )
}

#[test]
fn a_packet_arrives_as_it_was_sent() {
    let mut sender = disassembly(meta::PACKET_CAPS);
    let (mut assembly, mut wire) = (Assembly::default(), Wire(0));
    let first = frame("C1", 4, 7, 11);
    let packets = [
        packet(
            vec![
                slot("C1", 4, SlotStatus::Fresh, Some(first.clone())),
                slot("C 2", 5, SlotStatus::Missing, None),
            ],
            gst::ClockTime::ZERO,
        ),
        packet(
            vec![
                slot(
                    "C1",
                    4,
                    SlotStatus::Cached { age: 200_000_000 },
                    Some(first),
                ),
                slot("C 2", 5, SlotStatus::Fresh, Some(frame("C 2", 5, 0, 99))),
            ],
            LENGTH,
        ),
    ];
    wire.carry(sender.announce(), &mut assembly);
    for packet in &packets {
        let outgoing = sender.take(packet, packet.pts()).unwrap();
        assert_eq!(outgoing.len(), 2, "one message a slot");
        wire.carry(outgoing, &mut assembly);
    }
    wire.carry(sender.end(), &mut assembly);
    let items: Vec<Item> = std::iter::from_fn(|| assembly.next()).collect();
    let [
        Item::Live(false),
        Item::Caps(caps),
        Item::Buffer(one),
        Item::Buffer(other),
        Item::End,
    ] = &items[..]
    else {
        panic!("{items:?}");
    };
    assert_eq!(caps.to_string(), meta::PACKET_CAPS);
    assert_eq!(told(one), told(&packets[0]));
    assert_eq!(told(other), told(&packets[1]));
}

#[test]
fn the_pixels_of_a_cached_frame_travel_once() {
    let mut sender = disassembly(meta::PACKET_CAPS);
    let first = frame("C1", 0, 0, 1);
    let sizes = [SlotStatus::Fresh, SlotStatus::Cached { age: 1 }].map(|status| {
        let packet = packet(vec![slot("C1", 0, status, Some(first.clone()))], LENGTH);
        sender.take(&packet, None).unwrap()[0].payload.len()
    });
    assert_eq!(sizes, [first.1.size(), 0]);
}

#[test]
fn a_packet_goes_on_without_what_does_not_arrive() {
    let mut sender = disassembly(meta::PACKET_CAPS);
    let (mut assembly, mut wire) = (Assembly::default(), Wire(0));
    for number in 0..3_u64 {
        let slots = [("C1", 0), ("C2", 1)].map(|(camera, source)| {
            slot(
                camera,
                source,
                SlotStatus::Fresh,
                Some(frame(camera, source, number, 5)),
            )
        });
        let mut outgoing = sender
            .take(&packet(slots.to_vec(), LENGTH * number), None)
            .unwrap();
        if number == 1 {
            outgoing.remove(0);
        }
        wire.carry(outgoing, &mut assembly);
    }
    let buffers = std::iter::from_fn(|| assembly.next()).filter_map(|item| match item {
        Item::Buffer(buffer) => Some(buffer),
        _ => None,
    });
    let statuses: Vec<Vec<SlotStatus>> = buffers
        .map(|buffer| {
            Packet::of(&buffer)
                .unwrap()
                .slots
                .iter()
                .map(|slot| slot.status)
                .collect()
        })
        .collect();
    let (fresh, missing) = (SlotStatus::Fresh, SlotStatus::Missing);
    assert_eq!(
        statuses,
        [vec![fresh, fresh], vec![missing, fresh], vec![fresh, fresh]]
    );
    assert_eq!(assembly.incomplete(), 1);
}

#[test]
fn a_packet_through_partitions_goes_on_as_soon_as_the_cameras_of_one_are_there() {
    let mut sender = disassembly(meta::PACKET_CAPS);
    let mut assembly = Assembly::default();
    let mut arrived = Vec::new();
    for number in 0..3_u64 {
        let slots = [("C1", 0), ("C2", 1), ("C3", 2)].map(|(camera, source)| {
            let frame = frame(camera, source, number, 5);
            slot(camera, source, SlotStatus::Fresh, Some(frame))
        });
        let packet = packet(slots.to_vec(), LENGTH * number);
        let outgoing = sender.take(&packet, None).unwrap();
        for (index, message) in outgoing.into_iter().enumerate() {
            let stamp = Stamp {
                sender: "test".to_owned(),
                sequence: 3 * number + index as u64 + 1,
            };
            let message = Message::new(&message.draft.document, message.payload, stamp).unwrap();
            let partition = Some(["a/0", "a/1", "a/0"][index].into());
            let message = Message {
                partition,
                ..message
            };
            assembly.take(message).unwrap();
        }
        arrived.push(
            std::iter::from_fn(|| assembly.next())
                .filter_map(|item| {
                    let Item::Buffer(buffer) = item else {
                        return None;
                    };
                    let packet = Packet::of(&buffer).unwrap();
                    let cameras = packet.slots.iter().map(|slot| slot.camera.to_string());
                    Some(cameras.collect::<Vec<_>>().join("+"))
                })
                .collect::<Vec<_>>(),
        );
    }
    // The first one waits for the second, which shows that nothing more of it comes.
    assert_eq!(arrived[0], [""; 0]);
    assert_eq!(arrived[1], ["C1+C3", "C2", "C2", "C1+C3"]);
    assert_eq!(arrived[2], ["C2", "C1+C3"]);
    assert_eq!(assembly.incomplete(), 0);
}

#[test]
fn documents_arrive_with_their_time() {
    let mut sender = disassembly(meta::REPORT_CAPS);
    let (mut assembly, mut wire) = (Assembly::default(), Wire(0));
    let health = CameraHealth::new("C1", Health::Stalled);
    let document = sender
        .take_health(health, Timestamp::from_nanos(5))
        .unwrap()
        .draft
        .document;
    let buffer = gst::Buffer::from_slice(format!("{document}\n\n{document}\n"));
    wire.carry(sender.take(&buffer, Some(LENGTH)).unwrap(), &mut assembly);
    wire.carry(sender.take_gap(Some(LENGTH * 2)), &mut assembly);
    wire.carry(sender.end(), &mut assembly);
    let items: Vec<Item> = std::iter::from_fn(|| assembly.next()).collect();
    let [
        Item::Live(false),
        Item::Caps(caps),
        Item::Gap(LENGTH),
        Item::Buffer(one),
        Item::Buffer(_),
        Item::Gap(gap),
        Item::End,
    ] = &items[..]
    else {
        panic!("{items:?}");
    };
    assert_eq!(
        (caps.to_string().as_str(), *gap),
        (meta::REPORT_CAPS, LENGTH * 2)
    );
    assert_eq!(one.pts(), Some(LENGTH));
    let bytes = one.map_readable().unwrap();
    let event = messages::Event::parse(std::str::from_utf8(&bytes).unwrap().trim_end()).unwrap();
    assert_eq!(event.to_json(), document);
}

#[test]
fn health_rides_beside_frames() {
    let mut sender = disassembly(meta::PACKET_CAPS);
    let (mut assembly, mut wire) = (Assembly::default(), Wire(0));
    wire.carry(sender.announce(), &mut assembly);
    let fresh = slot("C1", 3, SlotStatus::Fresh, Some(frame("C1", 3, 0, 5)));
    wire.carry(
        sender.take(&packet(vec![fresh], LENGTH), None).unwrap(),
        &mut assembly,
    );
    let health = CameraHealth::new("C1", Health::Stalled);
    wire.carry(
        vec![
            sender
                .take_health(health.clone(), Timestamp::from_nanos(5))
                .unwrap(),
        ],
        &mut assembly,
    );
    let items: Vec<Item> = std::iter::from_fn(|| assembly.next()).collect();
    let Some(Item::Event(event)) = items.last() else {
        panic!("{items:?}");
    };
    assert_eq!(
        meta::health_of(event),
        Some((health, Timestamp::from_nanos(5)))
    );
    assert!(
        event.structure().unwrap().name().ends_with("-3"),
        "{event:?}"
    );
}

#[test]
fn pixels_that_are_too_few_are_refused() {
    let mut sender = disassembly("video/x-raw,format=I420,width=16,height=8");
    let (buffer, _) = frame("C1", 0, 0, 1);
    let sent = sender.take(&buffer, None).unwrap().remove(0);
    let stamp = Stamp {
        sender: "test".to_owned(),
        sequence: 1,
    };
    let cut = sent.payload.slice(..50);
    let message = Message::new(&sent.draft.document, cut, stamp).unwrap();
    let refusal = Assembly::default().take(message).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "camera 'C1': 50 bytes of pixels, 192 are needed for I420 of 16x8"
    );
}

#[test]
fn what_cannot_be_sent_says_what_to_do() {
    gst::init().unwrap();
    let refuse = |caps: &str| {
        let caps: gst::Caps = caps.parse().unwrap();
        Disassembly::new(&caps, false, origin(), None, Timestamp::from_nanos(0)).unwrap_err()
    };
    assert!(refuse("video/x-raw(memory:NVMM),format=NV12").contains("nvvideoconvert"));
    let mut sender = disassembly("image/jpeg");
    let picture = gst::Buffer::from_slice([0xff_u8, 0xd8]);
    let sentence = sender.take(&picture, None).unwrap_err();
    assert!(sentence.contains("set the property camera"), "{sentence}");
}

/// The names of the fields that a schema knows and of those that it demands.
fn fields(schema: &serde_json::Value) -> (Vec<&str>, Vec<&str>) {
    let known = schema["properties"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str);
    let demanded = schema["required"].as_array().into_iter().flatten();
    (
        known.collect(),
        demanded.filter_map(|name| name.as_str()).collect(),
    )
}

/// Checks that each object has only known fields and all demanded ones, as deep as the schema goes.
fn check(value: &serde_json::Value, schema: &serde_json::Value, place: &str) {
    if let Some(items) = value.as_array().filter(|_| schema.get("items").is_some()) {
        for item in items {
            check(item, &schema["items"], place);
        }
    }
    let (Some(object), true) = (value.as_object(), schema.get("properties").is_some()) else {
        return;
    };
    let (known, demanded) = fields(schema);
    for name in demanded {
        assert!(object.contains_key(name), "{place}: {name} is missing");
    }
    for (name, value) in object {
        assert!(
            known.contains(&name.as_str()),
            "{place}: {name} is not in the schema"
        );
        check(
            value,
            &schema["properties"][name],
            &format!("{place}.{name}"),
        );
    }
}

#[test]
fn documents_are_as_the_schema_says() {
    let mut sender = disassembly(meta::PACKET_CAPS);
    let mut outgoing = sender.announce();
    let (mut buffer, info) = frame("C1", 0, 0, 1);
    let known = FrameInfo::of_mut(buffer.make_mut()).unwrap();
    *known = super::frame::tests::full_frame();
    let fresh = slot("C1", 0, SlotStatus::Fresh, Some((buffer, info)));
    outgoing.extend(
        sender
            .take(
                &packet(
                    vec![fresh, slot("C2", 1, SlotStatus::Missing, None)],
                    LENGTH,
                ),
                Some(LENGTH),
            )
            .unwrap(),
    );
    outgoing.extend(sender.end());
    assert_eq!(outgoing.len(), 4);
    for message in outgoing {
        let document: serde_json::Value = serde_json::from_str(&message.draft.document).unwrap();
        let kind = document["type"]
            .as_str()
            .unwrap()
            .split('.')
            .nth(2)
            .unwrap();
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema");
        let schema = |name: &str| -> serde_json::Value {
            let text = std::fs::read_to_string(folder.join(format!("{name}.v1.json"))).unwrap();
            serde_json::from_str(&text).unwrap()
        };
        check(&document, &schema("envelope"), kind);
        check(&document["data"], &schema(kind)["properties"]["data"], kind);
    }
}

#[test]
fn examples_of_the_guide_are_read() {
    gst::init().unwrap();
    let guide = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/messages.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let examples = guide
        .lines()
        .filter(|line| line.contains(".image.v1\"") || line.contains(".stream.v1\""));
    let mut assembly = Assembly::default();
    let mut taken = 0;
    for line in examples.filter(|line| line.starts_with('{')) {
        let payload = bytes::Bytes::from(vec![0; 960 * 540 * 3 / 2]);
        assembly
            .take(Message::read(line.to_owned().into(), payload).unwrap())
            .unwrap();
        taken += 1;
    }
    assert_eq!(taken, 2);
}

#[test]
fn a_packet_may_travel_as_jpeg() {
    let mut sender = disassembly(meta::PACKET_CAPS);
    sender.set_jpeg_quality(90);
    let (mut assembly, mut wire) = (Assembly::default(), Wire(0));
    let info = gst_video::VideoInfo::builder(VideoFormat::I420, 322, 240)
        .build()
        .unwrap();
    for number in 0..3_u64 {
        let mut buffer = gst::Buffer::from_slice(vec![128_u8; info.size()]);
        let buffer_mut = buffer.make_mut();
        buffer_mut.set_pts(LENGTH * number);
        FrameInfo::new("C1", 0, Timestamp::from_nanos(7)).attach(buffer_mut);
        let fresh = slot("C1", 0, SlotStatus::Fresh, Some((buffer, info.clone())));
        let outgoing = sender
            .take(&packet(vec![fresh], LENGTH * number), Some(LENGTH * number))
            .unwrap();
        assert!(
            outgoing[0].payload.len() < 5_000 && outgoing[0].payload.starts_with(&[0xff, 0xd8])
        );
        wire.carry(outgoing, &mut assembly);
    }
    let buffers: Vec<gst::Buffer> = std::iter::from_fn(|| assembly.next())
        .filter_map(|item| match item {
            Item::Buffer(buffer) => Some(buffer),
            _ => None,
        })
        .collect();
    assert_eq!(buffers.len(), 3);
    let slot = &Packet::of(&buffers[2]).unwrap().slots[0];
    let format = slot.video_info.as_ref().unwrap();
    assert_eq!(
        (format.format(), format.width(), format.height()),
        (VideoFormat::Rgb, 322, 240)
    );
    let frame =
        gst_video::VideoFrameRef::from_buffer_ref_readable(slot.frame.as_ref().unwrap(), format)
            .unwrap();
    let pixel = &frame.plane_data(0).unwrap()[..3];
    assert!(
        pixel.iter().all(|value| (125..=135).contains(value)),
        "{pixel:?}"
    );
}

#[test]
fn a_truncated_jpeg_is_refused() {
    let mut sender = disassembly(meta::PACKET_CAPS);
    sender.set_jpeg_quality(90);
    let fresh = slot("C1", 0, SlotStatus::Fresh, Some(frame("C1", 0, 0, 5)));
    let sent = sender
        .take(&packet(vec![fresh], LENGTH), Some(LENGTH))
        .unwrap()
        .remove(0);
    let stamp = Stamp {
        sender: "test".to_owned(),
        sequence: 1,
    };
    let cut = sent.payload.slice(..sent.payload.len() / 4);
    let message = Message::new(&sent.draft.document, cut, stamp).unwrap();
    let refusal = Assembly::default().take(message).unwrap_err();
    assert_eq!(refusal.reason, bus::RefusalReason::BadPicture);
}

#[test]
fn a_sender_that_begins_anew_leaves_nothing_behind() {
    let (mut assembly, mut statuses) = (Assembly::default(), Vec::new());
    for name in ["first", "second"] {
        let mut sender = disassembly(meta::PACKET_CAPS);
        let slots = [("C1", 0), ("C2", 1)].map(|(camera, source)| {
            slot(
                camera,
                source,
                SlotStatus::Fresh,
                Some(frame(camera, source, 0, 5)),
            )
        });
        // The first one dies in the middle of its packet.
        let count = if name == "first" { 1 } else { 2 };
        let outgoing = sender.take(&packet(slots.to_vec(), LENGTH), None).unwrap();
        for (sequence, message) in (1..).zip(outgoing.into_iter().take(count)) {
            let sender = name.to_owned();
            let stamp = Stamp { sender, sequence };
            let message = Message::new(&message.draft.document, message.payload, stamp).unwrap();
            assembly.take(message).unwrap();
        }
    }
    while let Some(item) = assembly.next() {
        if let Item::Buffer(buffer) = item {
            let slots = &Packet::of(&buffer).unwrap().slots;
            statuses.push(slots.iter().map(|slot| slot.status).collect::<Vec<_>>());
        }
    }
    assert_eq!(
        statuses,
        [vec![SlotStatus::Fresh], vec![SlotStatus::Fresh; 2]]
    );
}

#[test]
fn what_a_foreign_detector_found_is_a_frame_without_pixels() {
    gst::init().unwrap();
    let text = br#"{"version":"4.0","id":"5","@timestamp":"2026-03-01T06:00:00Z","sensorId":"C1","objects":["7|10|20|110|80|head"]}"#;
    let size = "960x540".parse().unwrap();
    let document = bus::nvmsgconv::document(text, size, "hall-a").unwrap();
    let message = Message::read(document.unwrap(), bytes::Bytes::new()).unwrap();
    let mut assembly = Assembly::default();
    assembly.take(message).unwrap();
    let Some(Item::Caps(caps)) = assembly.next() else {
        panic!("no caps")
    };
    assert_eq!(caps, gst::Caps::new_empty_simple(meta::PACKET_CAPS));
    let Some(Item::Buffer(buffer)) = assembly.next() else {
        panic!("no buffer")
    };
    let slot = &Packet::of(&buffer).unwrap().slots[0];
    let frame = slot.frame.as_ref().unwrap();
    assert_eq!((slot.status, frame.size()), (SlotStatus::Fresh, 0));
    let info = FrameInfo::of(frame).unwrap();
    assert_eq!(
        (&*info.camera, info.sequence, info.width, info.height),
        ("C1", 5, 960, 540)
    );
    assert_eq!(info.capture_time.to_string(), "2026-03-01T06:00:00Z");
    let found = &info.detections[0];
    assert_eq!(
        (&*found.label, found.tracker_id, found.bounding_box.width),
        ("head", Some(7), 100.0)
    );
}
