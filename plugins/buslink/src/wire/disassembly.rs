// SPDX-License-Identifier: MIT OR Apache-2.0
//! Buffers taken apart into messages.

use std::collections::{BTreeMap, BTreeSet};

use bus::{Draft, Kind};
use bytes::Bytes;
use messages::{CameraHealth, Event, Timestamp};
use meta::{FrameInfo, Packet, Slot, SlotStatus};

use super::document::{Origin, write};
use super::frame::image_of;
use super::image::{Image, JPEG, Place, SlotWord};
use super::jpeg::JpegEncoders;
use super::pixels::{bytes_of, planes_of};
use super::stream::Stream;

/// A document and its payload, to be sent.
#[derive(Debug)]
pub struct Outgoing {
    /// The document.
    pub draft: Draft,
    /// Pixels, if any.
    pub payload: Bytes,
}

/// What the buffers hold.
#[derive(Debug, Clone)]
enum Media {
    /// One document each, or several lines.
    Documents,
    /// A packet each.
    Packets,
    /// A frame each, compressed or of this format.
    Frames(Option<gst_video::VideoInfo>),
}

/// Takes the buffers of one stream apart.
#[derive(Debug)]
pub struct Disassembly {
    /// Who sends frames. Documents say themselves where they belong.
    origin: Origin,
    /// The camera of frames that do not say it.
    camera: Option<String>,
    media: Media,
    stream: Stream,
    /// Where documents came from: each gets what the stream announces.
    origins: BTreeSet<Origin>,
    /// Messages made here.
    made: u64,
    packets: u64,
    /// UTC of running time 0 of frames that do not say when they were taken.
    zero: Timestamp,
    /// Raw results of networks that stayed behind.
    tensors: u64,
    /// What makes JPEG of raw frames, if they are sent so.
    jpeg: Option<JpegEncoders>,
    /// The format of each source's last raw frame, and its caps as text: they are the same for hours.
    formats: BTreeMap<u32, (gst_video::VideoInfo, String)>,
}

impl Disassembly {
    /// For a stream of these caps.
    ///
    /// # Errors
    /// They cannot be sent; the sentence says what to do.
    pub fn new(
        caps: &gst::CapsRef,
        live: bool,
        origin: Origin,
        camera: Option<String>,
        zero: Timestamp,
    ) -> Result<Self, String> {
        Ok(Self {
            media: media_of(caps)?,
            stream: Stream {
                live,
                caps: caps.to_string(),
                position_ns: None,
                ended: false,
            },
            origin,
            camera,
            origins: BTreeSet::new(),
            made: 0,
            packets: 0,
            zero,
            tensors: 0,
            jpeg: None,
            formats: BTreeMap::new(),
        })
    }

    /// Sends raw frames as JPEG of a quality from 1 to 100.
    pub fn set_jpeg_quality(&mut self, quality: u32) {
        self.jpeg = Some(JpegEncoders::new(quality));
    }

    /// Whether the stream consists of frames.
    pub fn has_frames(&self) -> bool {
        !matches!(self.media, Media::Documents)
    }

    /// Raw results of networks on frames so far, which do not cross the bus.
    pub fn tensors_left_behind(&self) -> u64 {
        self.tensors
    }

    /// The messages of a buffer at `running` time.
    ///
    /// # Errors
    /// It cannot be sent; the sentence says why.
    pub fn take(
        &mut self,
        buffer: &gst::Buffer,
        running: Option<gst::ClockTime>,
    ) -> Result<Vec<Outgoing>, String> {
        match &self.media {
            Media::Documents => self.take_documents(buffer, running),
            Media::Packets => self.take_packet(buffer, running),
            Media::Frames(info) => {
                let info = info.clone();
                self.take_frame(buffer, info.as_ref(), running)
            }
        }
    }

    /// What says that time has gone on to `running` without a buffer. Frames tell the time themselves.
    pub fn take_gap(&mut self, running: Option<gst::ClockTime>) -> Vec<Outgoing> {
        self.advance(running).into_iter().collect()
    }

    /// The message about the health of a camera, as of `time`.
    ///
    /// # Errors
    /// It cannot be said; the sentence says why.
    pub fn take_health(
        &mut self,
        health: CameraHealth,
        time: Timestamp,
    ) -> Result<Outgoing, String> {
        self.made += 1;
        let Origin { facility, flow } = &self.origin;
        let event = Event::of_health(format!("1-{}", self.made), facility, flow, health, time);
        let draft = Draft::read(&event.to_json()).map_err(|refusal| refusal.to_string())?;
        Ok(Outgoing {
            draft,
            payload: Bytes::new(),
        })
    }

    /// What the stream announces, once more: for those who join late.
    pub fn announce(&mut self) -> Vec<Outgoing> {
        let mut origins: Vec<Origin> = self.origins.iter().cloned().collect();
        if self.has_frames() || (origins.is_empty() && self.stream.ended) {
            origins.push(self.origin.clone());
        }
        origins
            .into_iter()
            .map(|origin| self.say(&origin))
            .collect()
    }

    /// The end of the stream.
    pub fn end(&mut self) -> Vec<Outgoing> {
        self.stream.ended = true;
        self.announce()
    }

    /// UTC of the position of the stream, for what has no time of its own.
    fn now(&self) -> Timestamp {
        let position = self.stream.position_ns.unwrap_or_default();
        meta::after(self.zero, gst::ClockTime::from_nseconds(position))
    }

    /// The message of what the stream announces.
    fn say(&mut self, origin: &Origin) -> Outgoing {
        self.made += 1;
        Outgoing {
            draft: self.stream.document(origin, self.made, self.now()),
            payload: Bytes::new(),
        }
    }

    /// Lets time go on to `running`; announces it if the stream is recorded.
    fn advance(&mut self, running: Option<gst::ClockTime>) -> Vec<Outgoing> {
        let position = running.map(gst::ClockTime::nseconds);
        if position.is_none() || position <= self.stream.position_ns {
            return Vec::new();
        }
        self.stream.position_ns = position;
        if self.stream.live || self.has_frames() {
            return Vec::new();
        }
        self.announce()
    }

    /// One message for each document, behind what says the time.
    fn take_documents(
        &mut self,
        buffer: &gst::Buffer,
        running: Option<gst::ClockTime>,
    ) -> Result<Vec<Outgoing>, String> {
        let bytes = buffer
            .map_readable()
            .map_err(|_| "buffer cannot be read".to_owned())?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|error| format!("document is no UTF-8: {error}"))?;
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let drafts: Vec<Draft> = lines
            .map(Draft::read)
            .collect::<Result<_, _>>()
            .map_err(|refusal| refusal.to_string())?;
        let mut outgoing = Vec::new();
        for draft in &drafts {
            let (facility, flow) = (&draft.envelope.facility, &draft.envelope.flow);
            let is_of = |known: &Origin| known.facility == *facility && known.flow == *flow;
            if !self.origins.iter().any(is_of) {
                let origin = Origin {
                    facility: facility.clone(),
                    flow: flow.clone(),
                };
                outgoing.push(self.say(&origin));
                self.origins.insert(origin);
            }
        }
        outgoing.extend(self.advance(running));
        outgoing.extend(drafts.into_iter().map(|draft| Outgoing {
            draft,
            payload: Bytes::new(),
        }));
        Ok(outgoing)
    }

    /// One message for each slot.
    fn take_packet(
        &mut self,
        buffer: &gst::Buffer,
        running: Option<gst::ClockTime>,
    ) -> Result<Vec<Outgoing>, String> {
        let packet = Packet::of(buffer).ok_or("buffer is no packet, although its caps say so")?;
        self.packets += 1;
        let of = packet.slots.len() as u32;
        let duration = buffer.duration();
        let slots = packet.slots.iter().enumerate();
        slots
            .map(|(index, slot)| self.slot(slot, index as u32, of, running, duration))
            .collect()
    }

    /// The message of a slot.
    fn slot(
        &mut self,
        slot: &Slot,
        index: u32,
        of: u32,
        running: Option<gst::ClockTime>,
        duration: Option<gst::ClockTime>,
    ) -> Result<Outgoing, String> {
        let (status, age_ns) = match slot.status {
            SlotStatus::Fresh => (SlotWord::Fresh, None),
            SlotStatus::Cached { age } => (SlotWord::Cached, Some(age)),
            SlotStatus::Missing => (SlotWord::Missing, None),
        };
        let known = slot.frame.as_ref().and_then(|frame| FrameInfo::of(frame));
        let mut image = known.map_or_else(
            || Image::missing(&slot.camera, slot.source),
            |info| self.described(info),
        );
        image.packet = Some(Place {
            id: self.packets,
            index,
            of,
            status,
            age_ns,
            pts_ns: stamp(slot, gst::BufferRef::pts),
            duration_ns: stamp(slot, gst::BufferRef::duration),
        });
        let time = known.map(|info| info.capture_time);
        let pixels = slot.frame.as_ref().filter(|_| status == SlotWord::Fresh);
        let payload = match (pixels, &slot.video_info) {
            (Some(frame), Some(info)) => self.pixels(&mut image, frame, info)?,
            _ => Bytes::new(),
        };
        Ok(self.image(image, time, payload, running, duration))
    }

    /// The message of a single frame.
    fn take_frame(
        &mut self,
        buffer: &gst::Buffer,
        info: Option<&gst_video::VideoInfo>,
        running: Option<gst::ClockTime>,
    ) -> Result<Vec<Outgoing>, String> {
        let known = match FrameInfo::of(buffer) {
            Some(known) => known.clone(),
            None => self.unknown_frame(running)?,
        };
        let mut image = self.described(&known);
        let payload = if let Some(info) = info {
            if image.width == 0 {
                (image.width, image.height) = (info.width(), info.height());
            }
            self.pixels(&mut image, buffer, info)?
        } else {
            image.format = Some(JPEG.to_owned());
            bytes_of(buffer).ok_or("frame cannot be read")?
        };
        Ok(vec![self.image(
            image,
            Some(known.capture_time),
            payload,
            running,
            buffer.duration(),
        )])
    }

    /// The pixels of a raw frame as they are sent; says in `image` how.
    fn pixels(
        &mut self,
        image: &mut Image,
        frame: &gst::Buffer,
        info: &gst_video::VideoInfo,
    ) -> Result<Bytes, String> {
        let caps = self.caps(image.source, info)?;
        let Some(encoders) = &mut self.jpeg else {
            image.format = Some(info.format().to_str().to_string());
            image.caps = Some(caps);
            image.planes = planes_of(frame, info);
            let unreadable = || format!("frame of camera '{}' cannot be read", image.camera);
            return bytes_of(frame).ok_or_else(unreadable);
        };
        let jpeg = encoders.encode(frame, caps)?;
        image.format = Some(JPEG.to_owned());
        bytes_of(&jpeg).ok_or_else(|| "JPEG that cannot be read".to_owned())
    }

    /// The caps of a raw frame of a source.
    fn caps(&mut self, source: u32, info: &gst_video::VideoInfo) -> Result<String, String> {
        if let Some((_, caps)) = self.formats.get(&source).filter(|(last, _)| last == info) {
            return Ok(caps.clone());
        }
        let caps = info
            .to_caps()
            .map_err(|error| error.to_string())?
            .to_string();
        self.formats.insert(source, (info.clone(), caps.clone()));
        Ok(caps)
    }

    /// What is known of a frame that no element of ours has seen.
    fn unknown_frame(&self, running: Option<gst::ClockTime>) -> Result<FrameInfo, String> {
        let camera = self
            .camera
            .as_deref()
            .ok_or("frames do not say of which camera they are: set the property camera")?;
        let running = running.unwrap_or(gst::ClockTime::ZERO);
        Ok(FrameInfo::new(camera, 0, meta::after(self.zero, running)))
    }

    /// What a document says of a frame; counts what it cannot say.
    fn described(&mut self, info: &FrameInfo) -> Image {
        let on_objects: usize = info
            .detections
            .iter()
            .map(|found| found.tensors.len())
            .sum();
        self.tensors += (info.tensors.len() + on_objects) as u64;
        image_of(info)
    }

    /// The message of an image.
    fn image(
        &mut self,
        mut image: Image,
        time: Option<Timestamp>,
        payload: Bytes,
        running: Option<gst::ClockTime>,
        duration: Option<gst::ClockTime>,
    ) -> Outgoing {
        image.position_ns = running.map(gst::ClockTime::nseconds);
        image.duration_ns = duration.map(gst::ClockTime::nseconds);
        self.stream.position_ns = image.position_ns;
        self.made += 1;
        let time = time.unwrap_or_else(|| self.now());
        let subject = format!("camera/{}", image.camera);
        let draft = write(Kind::Image, &self.origin, self.made, subject, time, &image);
        Outgoing { draft, payload }
    }
}

/// A time stamp of a slot's own frame.
fn stamp(slot: &Slot, of: impl Fn(&gst::BufferRef) -> Option<gst::ClockTime>) -> Option<u64> {
    let frame = slot.frame.as_ref()?;
    of(frame).map(gst::ClockTime::nseconds)
}

/// What buffers of these caps hold.
fn media_of(caps: &gst::CapsRef) -> Result<Media, String> {
    let structure = caps.structure(0).ok_or("empty caps")?;
    match structure.name().as_str() {
        meta::REPORT_CAPS | meta::STATE_CAPS => Ok(Media::Documents),
        meta::PACKET_CAPS => Ok(Media::Packets),
        "image/jpeg" => Ok(Media::Frames(None)),
        "video/x-raw" if is_system_memory(caps) => {
            let info = gst_video::VideoInfo::from_caps(caps).map_err(|error| error.to_string())?;
            Ok(Media::Frames(Some(info)))
        }
        other => Err(format!(
            "caps {other} cannot be sent: put nvvideoconvert or videoconvert before the sink"
        )),
    }
}

/// Whether the pixels lie in memory that every element can read.
fn is_system_memory(caps: &gst::CapsRef) -> bool {
    caps.features(0)
        .is_none_or(|features| features.is_equal(&gst::CAPS_FEATURES_MEMORY_SYSTEM_MEMORY))
}
