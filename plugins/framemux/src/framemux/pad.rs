// SPDX-License-Identifier: MIT OR Apache-2.0
//! A sink pad: one camera.

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::prelude::*;
use gst_video::VideoInfo;

use super::{FrameMux, picture};

/// What lies in the queue of a pad.
pub enum Item {
    /// A picture; times are running times in nanoseconds.
    Frame {
        time: u64,
        end: u64,
        stream_time: Option<u64>,
        format: VideoInfo,
    },
    /// The word that nothing comes before `end`; or, `repeated`, a picture that was there before.
    Gap { time: u64, end: u64, repeated: bool },
    /// A buffer without timestamp, or in a segment that does not count time.
    Untimed,
    /// A buffer outside its segment.
    Clipped,
    /// A buffer that does not hold the picture its caps promise.
    Broken {
        size: usize,
        expected: Option<usize>,
    },
}

#[derive(Default)]
struct Stream {
    /// Name that the user gave, or that the frames brought along.
    camera: Option<Arc<str>>,
    /// What the last caps said; `None` if nothing usable.
    format: Option<VideoInfo>,
    /// Holds the first frame back until enough cameras are there.
    gate: Option<gst::PadProbeId>,
}

#[derive(Default)]
pub struct FrameMuxPad {
    /// Number in the pad's name. Set once, so that no lock is needed to read it.
    index: OnceLock<u32>,
    stream: Mutex<Stream>,
}

impl FrameMuxPad {
    fn stream(&self) -> MutexGuard<'_, Stream> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number in the pad's name, which is the camera's index.
    pub fn index(&self) -> u32 {
        self.index.get().copied().unwrap_or_default()
    }

    /// Name of the camera: given, else brought along by its frames, else `C<index + 1>`.
    pub fn camera(&self) -> Arc<str> {
        self.stream()
            .camera
            .clone()
            .unwrap_or_else(|| Arc::from(format!("C{}", u64::from(self.index()) + 1)))
    }

    /// Takes over the name that a frame brought along, unless the pad has one.
    pub fn adopt_camera(&self, camera: &Arc<str>) {
        if !camera.is_empty() {
            self.stream()
                .camera
                .get_or_insert_with(|| Arc::clone(camera));
        }
    }

    /// Notes new caps; whether they are usable.
    pub fn set_caps(&self, caps: &gst::CapsRef) -> bool {
        let format = VideoInfo::from_caps(caps).ok();
        let usable = format.is_some();
        self.stream().format = format;
        usable
    }

    /// Puts a gate before the pad, or takes it away.
    pub fn set_gate(&self, gate: Option<gst::PadProbeId>) {
        // The lock is gone before the pad is touched.
        let old = std::mem::replace(&mut self.stream().gate, gate);
        if let Some(old) = old {
            self.obj().remove_probe(old);
        }
    }

    /// What `buffer` is.
    pub fn examine(&self, buffer: &gst::BufferRef) -> Item {
        let segment = self.obj().segment();
        let (Some(segment), Some(pts)) = (segment.downcast_ref::<gst::ClockTime>(), buffer.pts())
        else {
            return Item::Untimed;
        };
        let Some(time) = segment.to_running_time(pts) else {
            return Item::Clipped;
        };
        let time = time.nseconds();
        let duration = buffer.duration().map_or(0, gst::ClockTime::nseconds) as f64;
        let end = time.saturating_add((duration / segment.rate().abs()) as u64);
        if buffer.flags().contains(gst::BufferFlags::GAP) {
            let repeated = buffer.size() > 0;
            return Item::Gap {
                time,
                end,
                repeated,
            };
        }
        match self.stream().format.clone() {
            Some(format) if picture::is_whole(buffer, &format) => Item::Frame {
                time,
                end,
                stream_time: segment.to_stream_time(pts).map(gst::ClockTime::nseconds),
                format,
            },
            format => Item::Broken {
                size: buffer.size(),
                expected: format.map(|format| format.size()),
            },
        }
    }
}

#[glib::object_subclass]
impl ObjectSubclass for FrameMuxPad {
    const NAME: &'static str = "RoundhouseFrameMuxPad";
    type Type = super::FrameMuxPad;
    type ParentType = gst_base::AggregatorPad;
}

impl ObjectImpl for FrameMuxPad {
    fn properties() -> &'static [glib::ParamSpec] {
        static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
            vec![
                glib::ParamSpecString::builder("camera")
                    .nick("Camera")
                    .blurb(
                        "Id of the camera, as in the facility file. Not set: the name that its frames bring along \
                         (ortinfer before framemux), else C and the pad's number plus one: sink_0 is C1",
                    )
                    .mutable_playing()
                    .build(),
                glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
                    .nick("Statistics")
                    .blurb(
                        "What became of the camera's frames: camera, frames, fresh, cached, missing, superseded, late, \
                         repeated, untimed, clipped, broken, flushed, silent. Counts only grow",
                    )
                    .read_only()
                    .build(),
            ]
        });
        &PROPERTIES
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        if pspec.name() == "camera" {
            let camera = value.get::<Option<String>>().ok().flatten();
            self.stream().camera = camera.filter(|camera| !camera.is_empty()).map(Arc::from);
        }
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match pspec.name() {
            "camera" => self.camera().to_value(),
            "stats" => {
                let mux = self.obj().parent().and_downcast::<FrameMux>();
                mux.map(|mux| mux.imp().pad_stats(self)).to_value()
            }
            _ => pspec.default_value().clone(),
        }
    }

    fn constructed(&self) {
        self.parent_constructed();
        let name = self.obj().name();
        let number = name.rsplit('_').next().and_then(|text| text.parse().ok());
        // Only ever set here.
        let _ = self.index.set(number.unwrap_or_default());
    }
}

impl GstObjectImpl for FrameMuxPad {}
impl PadImpl for FrameMuxPad {}

impl AggregatorPadImpl for FrameMuxPad {
    fn flush(&self, aggregator: &gst_base::Aggregator) -> Result<gst::FlowSuccess, gst::FlowError> {
        if let Some(mux) = aggregator.downcast_ref::<FrameMux>() {
            mux.imp().flush_pad(self.index());
        }
        self.parent_flush(aggregator)
    }
}
