// SPDX-License-Identifier: MIT OR Apache-2.0
//! A sink pad: one camera.

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, OnceLock};

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::prelude::*;
use gst_video::VideoInfo;

use super::FrameMux;
use super::validation::Incoming;

/// What is known of the stream at a pad.
#[derive(Default)]
struct Stream {
    /// Name that the user gave, or that the frames brought along.
    camera: Option<Arc<str>>,
    /// What the last caps said; `None` if nothing usable.
    format: Option<VideoInfo>,
    /// The probe that blocks the first frame until enough cameras are there.
    block: Option<gst::PadProbeId>,
}

/// The sink pad.
#[derive(Default)]
pub struct FrameMuxPad {
    /// Number in the pad's name. Set once, so that no lock is needed to read it.
    index: OnceLock<u32>,
    /// What is known of its stream.
    stream: Mutex<Stream>,
}

impl FrameMuxPad {
    /// What is known of the pad's stream.
    fn stream(&self) -> MutexGuard<'_, Stream> {
        kit::lock(&self.stream)
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

    /// Sets the probe that blocks the pad's frames; the probe before is removed, so `None` lets them pass.
    pub fn set_block(&self, block: Option<gst::PadProbeId>) {
        // The lock is released before the pad is touched.
        let old = std::mem::replace(&mut self.stream().block, block);
        if let Some(old) = old {
            self.obj().remove_probe(old);
        }
    }

    /// What `buffer` is.
    pub fn inspect(&self, buffer: &gst::BufferRef) -> Incoming {
        let segment = self.obj().segment();
        let format = self.stream().format.clone();
        Incoming::of(buffer, &segment, format)
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
                        "Id of the camera as in the facility file. If it is not set: the id that an element before this \
                         one wrote on the frames, else C and the pad's number plus one (sink_0 is C1)",
                    )
                    .mutable_playing()
                    .build(),
                kit::properties::stats(
                    "frames, fresh, cached, missing, dropped-newer, late, misstamped, repeated, untimed, clipped, broken, flushed; \
                     camera, source (the pad's number) and whether it is silent or discarded",
                ),
            ]
        });
        &PROPERTIES
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        match pspec.name() {
            "camera" => {
                let camera = kit::properties::text(value);
                self.stream().camera = Some(camera)
                    .filter(|camera| !camera.is_empty())
                    .map(Arc::from);
            }
            _ => unimplemented!(),
        }
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match pspec.name() {
            "camera" => self.camera().to_value(),
            "stats" => {
                let mux = self.obj().parent().and_downcast::<FrameMux>();
                mux.map(|mux| mux.imp().camera_stats(self.index(), &self.camera()))
                    .to_value()
            }
            _ => unimplemented!(),
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
            mux.imp().flush_camera(self.index());
        }
        self.parent_flush(aggregator)
    }
}
