// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays a recording with its original event times: every picture, in order, the same ones each time.

use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gst::prelude::*;
use kit::lock;
use messages::Timestamp;

use super::decoder::{self, Decoder};
use super::make::make;
use super::recording::{self, Recorded};

/// Scheme of a recording's address.
const SCHEME: &str = "recording:";
/// How often a wait for the next picture is interrupted, to see whether it is to be given up.
const STEP: gst::ClockTime = gst::ClockTime::from_mseconds(50);
/// A file that gives nothing for so long is left.
const PATIENCE: Duration = Duration::from_secs(20);

/// A recording, and the part of it that is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Its folder.
    pub folder: PathBuf,
    /// The first event time that is played; running time 0.
    pub from: Option<Timestamp>,
    /// The event time that ends it.
    pub to: Option<Timestamp>,
}

impl Recording {
    /// Whether `uri` is the address of a recording.
    pub fn is_meant(uri: &str) -> bool {
        uri.starts_with(SCHEME)
    }

    /// Reads `recording:FOLDER?from=TIME&to=TIME`; both times may be left out.
    pub fn parse(uri: &str) -> Result<Self, String> {
        let rest = uri.strip_prefix(SCHEME).unwrap_or(uri);
        let (folder, query) = rest.split_once('?').unwrap_or((rest, ""));
        if folder.is_empty() {
            return Err(
                "names no folder: write it as recording:FOLDER?from=TIME&to=TIME".to_owned(),
            );
        }
        let mut recording = Self {
            folder: PathBuf::from(folder.strip_prefix("//").unwrap_or(folder)),
            from: None,
            to: None,
        };
        for field in query.split('&').filter(|field| !field.is_empty()) {
            let time = match field.split_once('=') {
                Some(("from", time)) => (&mut recording.from, time),
                Some(("to", time)) => (&mut recording.to, time),
                _ => {
                    return Err(format!(
                        "has '{field}': only from=TIME and to=TIME are known"
                    ));
                }
            };
            *time.0 = Some(kit::start_time::parse(time.1)?);
        }
        Ok(recording)
    }

    /// The files that hold its pictures, in order.
    fn files(&self) -> Result<VecDeque<Recorded>, String> {
        let files = recording::list(&self.folder)
            .map_err(|error| format!("has a folder {}: {error}", self.folder.display()))?;
        let ends = files
            .iter()
            .skip(1)
            .map(|file| Some(file.start))
            .chain([None]);
        let is_wanted = |(file, end): &(&Recorded, Option<Timestamp>)| {
            let is_over =
                matches!((end, self.from), (Some(end), Some(from)) if end.nanos() <= from.nanos());
            let is_later = self.to.is_some_and(|to| file.start.nanos() >= to.nanos());
            !is_over && !is_later
        };
        let wanted: VecDeque<Recorded> = files
            .iter()
            .zip(ends)
            .filter(is_wanted)
            .map(|(file, _)| file.clone())
            .collect();
        if wanted.is_empty() {
            return Err(format!(
                "has no pictures of that time in {}",
                self.folder.display()
            ));
        }
        Ok(wanted)
    }
}

/// A picture of a recording. Its time stamp is its event time, nanoseconds since 1970.
#[derive(Debug)]
pub struct Picture {
    /// Pixels.
    pub buffer: gst::Buffer,
    /// Their format.
    pub caps: gst::Caps,
    /// Event time.
    pub time: Timestamp,
    /// It was encoded without reference to others.
    pub is_key: bool,
    /// Comes with the first one: stream time is UTC, running time begins with what is played.
    pub segment: Option<gst::FormattedSegment<gst::ClockTime>>,
}

/// What came next.
#[derive(Debug)]
pub enum Next {
    /// A picture.
    Picture(Picture),
    /// A file cannot be read: a sentence.
    Unreadable(String),
    /// Nothing yet.
    Nothing,
    /// The recording is over.
    End,
}

/// A file that is being read.
struct Reader {
    pipeline: gst::Pipeline,
    sink: gst_app::AppSink,
    file: Recorded,
    keys: Keys,
    waited: Duration,
    gave: bool,
}

/// Times of key pictures that went into the decoder.
type Keys = Arc<Mutex<BTreeSet<gst::ClockTime>>>;

/// A recording that plays.
pub struct Playback {
    recording: Recording,
    decoder: Decoder,
    files: VecDeque<Recorded>,
    reader: Option<Reader>,
    last: Option<Timestamp>,
}

impl Playback {
    /// Finds the files of `recording`.
    pub fn open(recording: Recording, decoder: Decoder) -> Result<Self, String> {
        Ok(Self {
            files: recording.files()?,
            recording,
            decoder,
            reader: None,
            last: None,
        })
    }

    /// The next picture; waits a little for it.
    pub fn next(&mut self) -> Next {
        let Some(reader) = &mut self.reader else {
            let Some(file) = self.files.pop_front() else {
                return Next::End;
            };
            let path = file.path.display().to_string();
            return match Reader::open(file, self.decoder) {
                Ok(reader) => {
                    self.reader = Some(reader);
                    Next::Nothing
                }
                Err(reason) => Next::Unreadable(format!("{path}: {reason}")),
            };
        };
        let Some(sample) = reader.sink.try_pull_sample(STEP) else {
            return self.look_for_end();
        };
        reader.waited = Duration::ZERO;
        reader.gave = true;
        let Some(time) = event_time(&sample, reader.file.start) else {
            return Next::Nothing;
        };
        let nanos = time.nanos();
        if self.recording.to.is_some_and(|to| nanos >= to.nanos()) {
            self.reader = None;
            self.files.clear();
            return Next::End;
        }
        let is_early = self.recording.from.is_some_and(|from| nanos < from.nanos());
        if is_early || self.last.is_some_and(|last| nanos <= last.nanos()) {
            return Next::Nothing;
        }
        let is_first = self.last.replace(time).is_none();
        let is_key = reader.took_key(&sample);
        self.picture(&sample, time, is_first, is_key)
    }

    /// The picture of `sample`, stamped with its event time, also for who reads only reference timestamps.
    fn picture(&self, sample: &gst::Sample, time: Timestamp, is_first: bool, is_key: bool) -> Next {
        let (Some(mut buffer), Some(caps)) = (sample.buffer_owned(), sample.caps_owned()) else {
            return Next::Nothing;
        };
        let clock_time = |time: Timestamp| {
            gst::ClockTime::from_nseconds(u64::try_from(time.nanos()).unwrap_or_default())
        };
        let changed = buffer.make_mut();
        changed.set_pts(clock_time(time));
        changed.set_dts(gst::ClockTime::NONE);
        let unix = gst::Caps::new_empty_simple("timestamp/x-unix");
        gst::ReferenceTimestampMeta::add(changed, &unix, clock_time(time), gst::ClockTime::NONE);
        let segment = is_first.then(|| {
            let origin = clock_time(self.recording.from.unwrap_or(time));
            let mut segment = gst::FormattedSegment::<gst::ClockTime>::new();
            segment.set_start(origin);
            segment.set_time(origin);
            segment.set_position(origin);
            segment
        });
        Next::Picture(Picture {
            buffer,
            caps,
            time,
            is_key,
            segment,
        })
    }

    /// No picture came: whether the file is over, and how it ended.
    fn look_for_end(&mut self) -> Next {
        let Some(reader) = &mut self.reader else {
            return Next::Nothing;
        };
        reader.waited += Duration::from(STEP);
        let path = reader.file.path.display().to_string();
        let error = reader.error();
        let is_over = error.is_some() || reader.sink.is_eos() || reader.waited > PATIENCE;
        if !is_over {
            return Next::Nothing;
        }
        let gave = reader.gave;
        self.reader = None;
        match error {
            // A file that was being written when the machine stopped ends in the middle: what it holds was played.
            _ if gave => Next::Nothing,
            Some(error) => Next::Unreadable(format!("{path}: {error}")),
            None => Next::Unreadable(format!("{path}: it holds no picture")),
        }
    }
}

impl Reader {
    /// Begins to read `file`.
    fn open(file: Recorded, preferred: Decoder) -> Result<Self, String> {
        let pipeline = gst::Pipeline::new();
        let sink = gst_app::AppSink::builder()
            .sync(false)
            .max_buffers(4)
            .enable_last_sample(false)
            .qos(false)
            .build();
        let make = |factory: &str| make(factory).map_err(|loss| loss.to_string());
        let source = make("filesrc")?;
        source.set_property("location", file.path.display().to_string());
        let parse = make("parsebin")?;
        let internal = |error: gst::glib::BoolError| error.to_string();
        pipeline
            .add_many([&source, &parse, sink.upcast_ref()])
            .map_err(internal)?;
        source.link(&parse).map_err(internal)?;
        let target = sink.clone();
        let keys = Keys::default();
        let found = Arc::clone(&keys);
        let weak = pipeline.downgrade();
        parse.connect_pad_added(move |parse, pad| {
            note_keys(pad, &found);
            let linked = weak
                .upgrade()
                .is_none_or(|pipeline| link(&pipeline, pad, &target, preferred).is_some());
            if !linked {
                gst::element_error!(
                    parse,
                    gst::StreamError::CodecNotFound,
                    ["nothing here decodes it"]
                );
            }
        });
        let reader = Self {
            pipeline,
            sink,
            file,
            keys,
            waited: Duration::ZERO,
            gave: false,
        };
        // If it fails, the bus says why.
        let _ = reader.pipeline.set_state(gst::State::Playing);
        Ok(reader)
    }

    /// Whether the decoded `sample` was a key picture; those before it are forgotten.
    fn took_key(&self, sample: &gst::Sample) -> bool {
        let Some(time) = sample.buffer().and_then(gst::BufferRef::pts) else {
            return false;
        };
        let mut keys = lock(&self.keys);
        let later = keys.split_off(&time);
        *keys = later;
        keys.contains(&time)
    }

    /// What failed, if anything.
    fn error(&self) -> Option<String> {
        let message = self
            .pipeline
            .bus()?
            .pop_filtered(&[gst::MessageType::Error])?;
        match message.view() {
            gst::MessageView::Error(error) => Some(error.error().message().to_owned()),
            _ => None,
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // A pipeline cannot refuse to stop.
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

/// Notes the times of key pictures that come from `pad`.
fn note_keys(pad: &gst::Pad, keys: &Keys) {
    let keys = Arc::clone(keys);
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        if let Some(buffer) = info.buffer()
            && !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT)
        {
            lock(&keys).extend(buffer.pts());
        }
        gst::PadProbeReturn::Ok
    });
}

/// Links `pad` through a decoder to `sink`.
fn link(
    pipeline: &gst::Pipeline,
    pad: &gst::Pad,
    sink: &gst_app::AppSink,
    preferred: Decoder,
) -> Option<()> {
    let caps = pad.current_caps()?;
    let decoder = decoder::choose(&caps, preferred)?;
    let mut chain: Vec<gst::Element> = decoder::parser(&caps, &decoder).into_iter().collect();
    chain.push(decoder);
    chain.push(make("videoconvert").ok()?);
    pipeline.add_many(&chain).ok()?;
    chain.push(sink.clone().upcast());
    gst::Element::link_many(&chain).ok()?;
    for element in chain.iter().rev() {
        element.sync_state_with_parent().ok()?;
    }
    let first = chain.first()?.static_pad("sink")?;
    pad.link(&first).map(drop).ok()
}

/// The event time of `sample` in a file that begins at `start`.
fn event_time(sample: &gst::Sample, start: Timestamp) -> Option<Timestamp> {
    let segment = sample.segment()?.downcast_ref::<gst::ClockTime>()?.clone();
    let time = segment.to_stream_time(sample.buffer()?.pts()?)?;
    Some(start.saturating_add(i64::try_from(time.nseconds()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_recordings_are_read() {
        let recording =
            Recording::parse("recording:/rec/C1?from=2026-03-01T06:00:00Z&to=2026-03-01T06:10:00Z")
                .unwrap();
        assert_eq!(recording.folder, PathBuf::from("/rec/C1"));
        let length = recording.to.unwrap().nanos() - recording.from.unwrap().nanos();
        assert_eq!(length, 600_000_000_000);
        let plain = Recording::parse("recording:rec/C1").unwrap();
        assert_eq!((plain.from, plain.to), (None, None));
        for text in [
            "recording:",
            "recording:/a?since=1",
            "recording:/a?from=yesterday",
        ] {
            assert!(Recording::parse(text).is_err(), "{text}");
        }
    }
}
