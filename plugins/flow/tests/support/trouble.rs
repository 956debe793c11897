// SPDX-License-Identifier: MIT OR Apache-2.0
//! `trouble kind=… at=N`: passes everything but goes wrong at the frame of that number. `start-niceness` is that of a thread made
//! as it started, as a network's helpers are.

use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::subclass::prelude::*;

#[derive(Default)]
pub struct TroubleImp(Mutex<(String, u64)>, Mutex<i32>);

#[glib::object_subclass]
impl ObjectSubclass for TroubleImp {
    const NAME: &'static str = "RoundhouseTestTrouble";
    type Type = Trouble;
    type ParentType = gst_base::BaseTransform;
}

impl ObjectImpl for TroubleImp {
    fn properties() -> &'static [glib::ParamSpec] {
        static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
            vec![
                glib::ParamSpecString::builder("kind").build(),
                glib::ParamSpecUInt64::builder("at").build(),
                glib::ParamSpecInt::builder("start-niceness")
                    .read_only()
                    .build(),
            ]
        });
        &PROPERTIES
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        let mut settings = self.0.lock().unwrap();
        match pspec.name() {
            "kind" => settings.0 = value.get().unwrap(),
            _ => settings.1 = value.get().unwrap(),
        }
    }

    fn property(&self, _id: usize, _pspec: &glib::ParamSpec) -> glib::Value {
        self.1.lock().unwrap().to_value()
    }
}

impl GstObjectImpl for TroubleImp {}

impl ElementImpl for TroubleImp {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new("Trouble", "Test", "Trouble", "us")
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let pad = |name, direction| {
                let any = gst::Caps::new_any();
                gst::PadTemplate::new(name, direction, gst::PadPresence::Always, &any).unwrap()
            };
            vec![
                pad("sink", gst::PadDirection::Sink),
                pad("src", gst::PadDirection::Src),
            ]
        });
        &TEMPLATES
    }
}

impl BaseTransformImpl for TroubleImp {
    const MODE: gst_base::subclass::BaseTransformMode =
        gst_base::subclass::BaseTransformMode::AlwaysInPlace;
    const PASSTHROUGH_ON_SAME_CAPS: bool = false;
    const TRANSFORM_IP_ON_PASSTHROUGH: bool = false;

    fn start(&self) -> Result<(), gst::ErrorMessage> {
        let made = std::thread::spawn(super::niceness);
        *self.1.lock().unwrap() = made.join().unwrap();
        Ok(())
    }

    fn transform_ip(
        &self,
        buffer: &mut gst::BufferRef,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        let (kind, at) = self.0.lock().unwrap().clone();
        let number = buffer.pts().unwrap().nseconds() / super::FRAME;
        if number != at {
            return Ok(gst::FlowSuccess::Ok);
        }
        match kind.as_str() {
            "flow" => Err(gst::FlowError::Error),
            "message" => {
                gst::element_imp_error!(self, gst::StreamError::Failed, ("meant to fail"));
                Ok(gst::FlowSuccess::Ok)
            }
            "panic" => panic!("meant to panic"),
            "stall" => {
                std::thread::sleep(Duration::from_secs(5));
                Ok(gst::FlowSuccess::Ok)
            }
            other => panic!("no kind {other}"),
        }
    }
}

glib::wrapper! {
    pub struct Trouble(ObjectSubclass<TroubleImp>) @extends gst_base::BaseTransform, gst::Element, gst::Object;
}

pub fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(
        Some(plugin),
        "trouble",
        gst::Rank::NONE,
        Trouble::static_type(),
    )
}
