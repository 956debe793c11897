// SPDX-License-Identifier: MIT OR Apache-2.0
//! Buffers put together from messages.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bus::{Kind, Message, Refusal, RefusalReason};
use messages::{Data, Event, Timestamp};
use meta::{FrameInfo, Packet, Slot, SlotStatus};

use super::document::Read;
use super::image::{Image, JPEG, Place, SlotWord};
use super::jpeg;
use super::pixels::{buffer_of, set_planes};
use super::stream::Stream;

/// What comes out, in order.
#[derive(Debug)]
pub enum Item {
    /// The caps of the buffers behind it.
    Caps(gst::Caps),
    /// A buffer; its time stamp is running time at the sender.
    Buffer(gst::Buffer),
    /// Time has gone on to here at the sender.
    Gap(gst::ClockTime),
    /// Something that is told beside the buffers.
    Event(gst::Event),
    /// What the sender says of its stream has changed: whether it is live.
    Live(bool),
    /// Nothing more comes.
    End,
}

/// The frame of a camera that was sent last, for slots that show it again.
#[derive(Debug)]
struct Kept {
    /// Who sent it: of a sender that has begun anew, earlier frames are gone.
    sender: String,
    sequence: u64,
    pixels: gst::Buffer,
    format: Option<gst_video::VideoInfo>,
}

/// A packet of which parts are there.
#[derive(Debug)]
struct Partial {
    id: u64,
    of: u32,
    /// How many of its slots come this way; `None` if that is not known yet.
    expected: Option<u32>,
    pts: Option<gst::ClockTime>,
    duration: Option<gst::ClockTime>,
    slots: BTreeMap<u32, Slot>,
}

/// Puts the messages of one stream, from one sender or several, together.
///
/// Where the messages of a sender are spread over the partitions of a log, what comes through one counts as a sender of its own: its
/// packets have the slots of the cameras in that partition.
#[derive(Debug, Default)]
pub struct Assembly {
    items: VecDeque<Item>,
    caps: Option<gst::Caps>,
    live: Option<bool>,
    position: Option<gst::ClockTime>,
    /// The senders that are on air, and whether they have ended.
    senders: BTreeMap<String, bool>,
    /// The packet of each sender of which parts are there.
    packets: BTreeMap<String, Partial>,
    /// The last frame of each camera of a facility.
    kept: BTreeMap<(String, String), Kept>,
    /// Camera and number of each slot of a sender, for a slot that does not arrive.
    cameras: BTreeMap<(String, u32), (Arc<str>, u32)>,
    /// Slots of packets that were given up: what was sent of them did not all arrive.
    incomplete: u64,
}

impl Assembly {
    /// The next item, if there is one.
    pub fn next(&mut self) -> Option<Item> {
        self.items.pop_front()
    }

    /// Slots that were missing when their packet had to go on.
    pub fn incomplete(&self) -> u64 {
        self.incomplete
    }

    /// Takes a message.
    ///
    /// # Errors
    /// It cannot be understood; the stream goes on without it.
    pub fn take(&mut self, message: Message) -> Result<(), Refusal> {
        let sender = message.series();
        match message.envelope.kind {
            Kind::Stream => self.take_stream(sender, &message),
            Kind::Image => self.take_image(&sender, message),
            Kind::CameraHealth if self.carries_frames() => self.take_health(&message),
            _ => {
                self.take_document(&message);
                Ok(())
            }
        }
    }

    /// Whether the caps are those of frames.
    fn carries_frames(&self) -> bool {
        let structure = self.caps.as_ref().and_then(|caps| caps.structure(0));
        structure.is_some_and(|structure| {
            !matches!(
                structure.name().as_str(),
                meta::REPORT_CAPS | meta::STATE_CAPS
            )
        })
    }

    /// Announces caps if they are new.
    fn set_caps(&mut self, caps: gst::Caps) {
        if self.caps.as_ref() != Some(&caps) {
            self.items.push_back(Item::Caps(caps.clone()));
            self.caps = Some(caps);
        }
    }

    /// Takes what a stream announces.
    fn take_stream(&mut self, sender: String, message: &Message) -> Result<(), Refusal> {
        let stream: Read<Stream> = read(message)?;
        let stream = stream.data;
        let caps = stream.caps.parse::<gst::Caps>();
        let caps =
            caps.map_err(|_| no_event(format!("caps '{}' that cannot be read", stream.caps)))?;
        if self.live != Some(stream.live) {
            self.live = Some(stream.live);
            self.items.push_back(Item::Live(stream.live));
        }
        self.set_caps(caps);
        if let Some(position) = stream.position_ns.map(gst::ClockTime::from_nseconds)
            && !self.carries_frames()
            && self.position < Some(position)
        {
            self.position = Some(position);
            self.items.push_back(Item::Gap(position));
        }
        if stream.ended {
            self.finish_packet(&sender);
        }
        self.senders.insert(sender, stream.ended);
        if self.senders.values().all(|ended| *ended) {
            self.items.push_back(Item::End);
            self.senders.clear();
        }
        Ok(())
    }

    /// Takes a document: one buffer, with a line feed.
    fn take_document(&mut self, message: &Message) {
        if self.caps.is_none() {
            let caps = match message.envelope.kind {
                Kind::FacilityState => meta::STATE_CAPS,
                _ => meta::REPORT_CAPS,
            };
            self.set_caps(gst::Caps::new_empty_simple(caps));
        }
        let mut bytes = message.event.to_vec();
        bytes.push(b'\n');
        let mut buffer = gst::Buffer::from_mut_slice(bytes);
        buffer.make_mut().set_pts(self.position);
        self.items.push_back(Item::Buffer(buffer));
    }

    /// Takes the health of a camera, which rides beside frames.
    fn take_health(&mut self, message: &Message) -> Result<(), Refusal> {
        let text =
            std::str::from_utf8(&message.event).map_err(|error| no_event(error.to_string()))?;
        let event = Event::parse(text).map_err(|error| no_event(error.to_string()))?;
        if let Data::Health(health) = event.data {
            let source = self.source_of(&health.camera);
            let event = meta::health_event(source, &health, event.time);
            self.items.push_back(Item::Event(event));
        }
        Ok(())
    }

    /// The number of a camera at its aggregator, as its frames said it.
    fn source_of(&self, camera: &str) -> u32 {
        let kept = self.kept.iter().find(|((_, known), _)| known == camera);
        let info = kept.and_then(|(_, kept)| FrameInfo::of(&kept.pixels));
        info.map_or(0, |info| info.source)
    }

    /// Takes an image: a frame of its own, or a part of a packet.
    fn take_image(&mut self, sender: &str, message: Message) -> Result<(), Refusal> {
        let read: Read<Image> = read(&message)?;
        let time = read.time();
        let image = read.data;
        match image.packet.clone() {
            Some(place) => self.take_slot(sender, &image, &place, time, message),
            None => self.take_single(&image, time, message),
        }
    }

    /// Takes a frame of a single stream.
    fn take_single(
        &mut self,
        image: &Image,
        time: Option<Timestamp>,
        message: Message,
    ) -> Result<(), Refusal> {
        let (mut buffer, format) = pixels(image, message)?;
        let caps = format.as_ref().map_or_else(
            || Ok(gst::Caps::new_empty_simple("image/jpeg")),
            gst_video::VideoInfo::to_caps,
        );
        self.set_caps(caps.map_err(|error| bad_picture(error.to_string()))?);
        let buffer_mut = buffer.make_mut();
        stamp(buffer_mut, image);
        describe(buffer_mut, image, time)?;
        self.items.push_back(Item::Buffer(buffer));
        Ok(())
    }

    /// Takes a slot of a packet.
    fn take_slot(
        &mut self,
        sender: &str,
        image: &Image,
        place: &Place,
        time: Option<Timestamp>,
        message: Message,
    ) -> Result<(), Refusal> {
        if place.index >= place.of || place.of > MOST_SLOTS {
            return Err(no_event(format!("slot {} of {}", place.index, place.of)));
        }
        let expected = match message.partition {
            Some(_) => self.known_slots(sender),
            None => Some(place.of),
        };
        let slot = self.slot(sender, image, place, time, message)?;
        self.set_caps(gst::Caps::new_empty_simple(meta::PACKET_CAPS));
        if self
            .packets
            .get(sender)
            .is_some_and(|partial| partial.id != place.id)
        {
            self.finish_packet(sender);
        }
        let camera = (slot.camera.clone(), slot.source);
        self.cameras
            .insert((sender.to_owned(), place.index), camera);
        let partial = self
            .packets
            .entry(sender.to_owned())
            .or_insert_with(|| Partial {
                id: place.id,
                of: place.of,
                expected,
                pts: image.position_ns.map(gst::ClockTime::from_nseconds),
                duration: image.duration_ns.map(gst::ClockTime::from_nseconds),
                slots: BTreeMap::new(),
            });
        partial.slots.insert(place.index, slot);
        if partial.expected == Some(partial.slots.len() as u32) {
            self.finish_packet(sender);
        }
        Ok(())
    }

    /// How many slots a sender's packets had so far; `None` before its first packet.
    fn known_slots(&self, sender: &str) -> Option<u32> {
        let first = (sender.to_owned(), 0);
        let known = self.cameras.range(first..);
        let known = known.take_while(|((known, _), _)| known == sender);
        Some(known.count() as u32).filter(|count| *count > 0)
    }

    /// A slot with its frame.
    fn slot(
        &mut self,
        sender: &str,
        image: &Image,
        place: &Place,
        time: Option<Timestamp>,
        message: Message,
    ) -> Result<Slot, Refusal> {
        let camera: Arc<str> = Arc::from(image.camera.as_str());
        let key = (message.envelope.facility.clone(), image.camera.clone());
        let (status, frame) = match place.status {
            SlotWord::Missing => (SlotStatus::Missing, None),
            SlotWord::Fresh => {
                let (mut frame, format) = raw_pixels(image, message)?;
                let frame_mut = frame.make_mut();
                frame_mut.set_pts(place.pts_ns.map(gst::ClockTime::from_nseconds));
                frame_mut.set_duration(place.duration_ns.map(gst::ClockTime::from_nseconds));
                describe(frame_mut, image, time)?;
                let kept = Kept {
                    sender: sender.to_owned(),
                    sequence: image.frame,
                    pixels: frame.clone(),
                    format: format.clone(),
                };
                let before = self.kept.insert(key, kept);
                if let Some(before) = before.filter(|before| before.sender != sender) {
                    // Nothing more comes of that packet: its sender has begun anew.
                    self.finish_packet(&before.sender);
                }
                (SlotStatus::Fresh, Some((frame, format)))
            }
            SlotWord::Cached => {
                let age = place.age_ns.unwrap_or_default();
                // Whoever joined later than the frame was sent does not have it.
                let kept = self
                    .kept
                    .get(&key)
                    .filter(|kept| kept.sender == sender && kept.sequence == image.frame);
                let frame = kept.map(|kept| {
                    redescribed(&kept.pixels, image, time).map(|frame| (frame, kept.format.clone()))
                });
                match frame.transpose()? {
                    Some(frame) => (SlotStatus::Cached { age }, Some(frame)),
                    None => (SlotStatus::Missing, None),
                }
            }
        };
        let (frame, video_info) = frame.unzip();
        Ok(Slot {
            camera,
            source: image.source,
            status,
            frame,
            video_info: video_info.flatten(),
        })
    }

    /// Lets a packet go on with what is there.
    fn finish_packet(&mut self, sender: &str) {
        let Some(partial) = self.packets.remove(sender) else {
            return;
        };
        let expected = u64::from(partial.expected.unwrap_or_default());
        self.incomplete += expected.saturating_sub(partial.slots.len() as u64);
        let mut slots = partial.slots;
        for index in 0..partial.of {
            if let Some((camera, source)) = self.cameras.get(&(sender.to_owned(), index)) {
                slots
                    .entry(index)
                    .or_insert_with(|| missing(camera, *source));
            }
        }
        let mut buffer = gst::Buffer::new();
        let buffer_mut = buffer.make_mut();
        buffer_mut.set_pts(partial.pts);
        buffer_mut.set_duration(partial.duration);
        let slots = slots.into_values().collect();
        Packet { slots }.attach(buffer_mut);
        self.items.push_back(Item::Buffer(buffer));
    }
}

/// More slots than any aggregator has.
const MOST_SLOTS: u32 = 4096;

/// A refusal of something that is no document of ours.
fn no_event(sentence: String) -> Refusal {
    Refusal::new(RefusalReason::NoEvent, sentence)
}

/// A refusal of a picture.
fn bad_picture(sentence: String) -> Refusal {
    Refusal::new(RefusalReason::BadPicture, sentence)
}

/// Reads the document of a message.
fn read<T: serde::de::DeserializeOwned>(message: &Message) -> Result<T, Refusal> {
    serde_json::from_slice(&message.event).map_err(|error| {
        no_event(format!(
            "{} that cannot be read: {error}",
            message.envelope.kind.as_str()
        ))
    })
}

/// The pixels of an image as a buffer, and their format if they are raw.
fn pixels(
    image: &Image,
    message: Message,
) -> Result<(gst::Buffer, Option<gst_video::VideoInfo>), Refusal> {
    let mut buffer = buffer_of(message.payload);
    let format = match (image.format.as_deref(), &image.caps) {
        (Some(JPEG), _) => return Ok((buffer, None)),
        (_, Some(caps)) => {
            let caps = caps
                .parse::<gst::Caps>()
                .map_err(|_| bad_picture(format!("caps '{caps}' that cannot be read")))?;
            gst_video::VideoInfo::from_caps(&caps)
        }
        (Some(format), None) => {
            let format = gst_video::VideoFormat::from_string(format);
            gst_video::VideoInfo::builder(format, image.width, image.height).build()
        }
        (None, None) => {
            return Err(bad_picture(format!(
                "camera '{}': image without a format",
                image.camera
            )));
        }
    };
    let format =
        format.map_err(|error| bad_picture(format!("camera '{}': {error}", image.camera)))?;
    set_planes(buffer.make_mut(), &format, &image.planes)
        .map_err(|sentence| bad_picture(format!("camera '{}': {sentence}", image.camera)))?;
    Ok((buffer, Some(format)))
}

/// As [`pixels`], with JPEG decoded: elements behind an aggregator read raw frames only.
fn raw_pixels(
    image: &Image,
    message: Message,
) -> Result<(gst::Buffer, Option<gst_video::VideoInfo>), Refusal> {
    if image.format.as_deref() != Some(JPEG) {
        return pixels(image, message);
    }
    let wrong = |sentence: String| bad_picture(format!("camera '{}': {sentence}", image.camera));
    let (pixels, info, planes) = jpeg::decode(&message.payload).map_err(wrong)?;
    let mut buffer = gst::Buffer::from_mut_slice(pixels);
    set_planes(buffer.make_mut(), &info, &planes).map_err(wrong)?;
    Ok((buffer, Some(info)))
}

/// The slot of a camera that has no frame in this packet.
fn missing(camera: &Arc<str>, source: u32) -> Slot {
    Slot {
        camera: camera.clone(),
        source,
        status: SlotStatus::Missing,
        frame: None,
        video_info: None,
    }
}

/// Writes the sender's times on a buffer.
fn stamp(buffer: &mut gst::BufferRef, image: &Image) {
    buffer.set_pts(image.position_ns.map(gst::ClockTime::from_nseconds));
    buffer.set_duration(image.duration_ns.map(gst::ClockTime::from_nseconds));
}

/// Makes a buffer a frame.
fn describe(
    buffer: &mut gst::BufferRef,
    image: &Image,
    time: Option<Timestamp>,
) -> Result<(), Refusal> {
    let time =
        time.ok_or_else(|| no_event(format!("image of camera '{}' without a time", image.camera)))?;
    let info = image.frame(time).map_err(no_event)?;
    meta::publish_regions(buffer, &info.detections);
    info.attach(buffer);
    Ok(())
}

/// The same pixels with what is known of them now.
fn redescribed(
    pixels: &gst::Buffer,
    image: &Image,
    time: Option<Timestamp>,
) -> Result<gst::Buffer, Refusal> {
    let mut frame = pixels.clone();
    let time =
        time.ok_or_else(|| no_event(format!("image of camera '{}' without a time", image.camera)))?;
    let info = image.frame(time).map_err(no_event)?;
    if let Some(known) = FrameInfo::of_mut(frame.make_mut()) {
        *known = info;
    }
    Ok(frame)
}
