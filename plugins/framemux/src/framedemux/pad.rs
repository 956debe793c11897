// SPDX-License-Identifier: MIT OR Apache-2.0
//! A source pad: one camera.

use std::sync::{Arc, LazyLock, OnceLock};

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;

/// The source pad.
#[derive(Default)]
pub struct FrameDemuxPad {
    /// Set once, before the pad is added.
    camera: OnceLock<Arc<str>>,
}

impl FrameDemuxPad {
    /// Names the camera; once.
    pub fn set_camera(&self, camera: &Arc<str>) {
        self.camera.get_or_init(|| Arc::clone(camera));
    }

    /// Id of the camera.
    pub fn camera(&self) -> &str {
        self.camera.get().map_or("", |camera| camera)
    }
}

#[glib::object_subclass]
impl ObjectSubclass for FrameDemuxPad {
    const NAME: &'static str = "RoundhouseFrameDemuxPad";
    type Type = super::FrameDemuxPad;
    type ParentType = gst::Pad;
}

impl ObjectImpl for FrameDemuxPad {
    fn properties() -> &'static [glib::ParamSpec] {
        static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
            vec![
                glib::ParamSpecString::builder("camera")
                    .nick("Camera")
                    .blurb("Id of the camera whose frames come out here")
                    .read_only()
                    .build(),
            ]
        });
        &PROPERTIES
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match pspec.name() {
            "camera" => self.camera().to_value(),
            _ => unimplemented!(),
        }
    }
}

impl GstObjectImpl for FrameDemuxPad {}
impl PadImpl for FrameDemuxPad {}
