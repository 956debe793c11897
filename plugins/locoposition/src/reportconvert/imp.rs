// SPDX-License-Identifier: MIT OR Apache-2.0
//! Implementation of `reportconvert`. It holds no lock and keeps nothing but counters.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "reportconvert",
        gst::DebugColorFlags::empty(),
        Some("Reports on frames to JSON documents"),
    )
});

/// The element's instance.
pub struct ReportConvert {
    sink_pad: gst::Pad,
    src_pad: gst::Pad,
    /// Whether the input is documents already, which pass through unchanged.
    passes: AtomicBool,
    frames: AtomicU64,
    documents: AtomicU64,
}

#[glib::object_subclass]
impl ObjectSubclass for ReportConvert {
    const NAME: &'static str = "RoundhouseReportConvert";
    type Type = super::ReportConvert;
    type ParentType = gst::Element;

    fn with_class(class: &Self::Class) -> Self {
        let builder = |name, direction| {
            class
                .pad_template(name)
                .as_ref()
                .map_or_else(
                    || gst::Pad::builder(direction),
                    gst::Pad::builder_from_template,
                )
                .name(name)
        };
        let sink_pad = builder("sink", gst::PadDirection::Sink)
            .chain_function(|_pad, parent, buffer| {
                Self::catch_panic_pad_function(
                    parent,
                    || Err(gst::FlowError::Error),
                    |this| this.chain(buffer),
                )
            })
            .event_function(|pad, parent, event| {
                Self::catch_panic_pad_function(parent, || false, |this| this.sink_event(pad, event))
            })
            .build();
        Self {
            sink_pad,
            src_pad: builder("src", gst::PadDirection::Src).build(),
            passes: AtomicBool::new(false),
            frames: AtomicU64::new(0),
            documents: AtomicU64::new(0),
        }
    }
}

impl ObjectImpl for ReportConvert {
    fn constructed(&self) {
        self.parent_constructed();
        for pad in [&self.sink_pad, &self.src_pad] {
            if let Err(error) = self.obj().add_pad(pad) {
                gst::error!(CAT, imp = self, "{error}");
            }
        }
    }

    fn properties() -> &'static [glib::ParamSpec] {
        static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
            vec![kit::properties::stats(
                "frames read (of a DeepStream batch only those with reports) and documents written",
            )]
        });
        &PROPERTIES
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match pspec.name() {
            "stats" => self.stats().to_value(),
            name => unimplemented!("{name}"),
        }
    }
}

impl GstObjectImpl for ReportConvert {}

impl ElementImpl for ReportConvert {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Report converter",
                "Converter/Analyzer",
                "Outputs the reports attached to frames, packets or DeepStream batches as CloudEvents JSON documents. Each output \
                 buffer holds one document and a newline; JSON input passes through unchanged",
                env!("CARGO_PKG_AUTHORS"),
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let mut sink_caps = meta::frame_caps();
            sink_caps.merge(gst::Caps::new_empty_simple(meta::REPORT_CAPS));
            let src_caps = gst::Caps::new_empty_simple(meta::REPORT_CAPS);
            kit::pads::always(&sink_caps, &src_caps)
        });
        &TEMPLATES
    }

    fn change_state(
        &self,
        transition: gst::StateChange,
    ) -> Result<gst::StateChangeSuccess, gst::StateChangeError> {
        if transition == gst::StateChange::ReadyToPaused {
            self.frames.store(0, Ordering::Relaxed);
            self.documents.store(0, Ordering::Relaxed);
        }
        self.parent_change_state(transition)
    }
}

impl ReportConvert {
    /// Pushes one document for each report on `buffer`, or a gap event if there is none.
    fn chain(&self, buffer: gst::Buffer) -> Result<gst::FlowSuccess, gst::FlowError> {
        if self.passes.load(Ordering::Relaxed) {
            self.documents.fetch_add(1, Ordering::Relaxed);
            return self.src_pad.push(buffer);
        }
        let mut documents = 0;
        // Nothing of a facility is known here, nor needed: a report says its camera and time itself.
        let mut view = meta::View::default();
        let frames = view.reported_frames(&buffer).map_err(|error| {
            gst::element_imp_error!(self, gst::StreamError::Format, ("{error}"));
            gst::FlowError::Error
        })?;
        for frame in &frames {
            self.frames.fetch_add(1, Ordering::Relaxed);
            for report in &frame.reports {
                let mut document = gst::Buffer::from_slice(report.to_json() + "\n");
                if let Some(document) = document.get_mut() {
                    document.set_pts(buffer.pts());
                    document.set_duration(buffer.duration());
                }
                gst::trace!(
                    CAT,
                    imp = self,
                    "document {} of {}",
                    report.id,
                    report.source
                );
                self.src_pad.push(document)?;
                documents += 1;
            }
        }
        self.documents.fetch_add(documents, Ordering::Relaxed);
        if let (0, Some(pts)) = (documents, buffer.pts()) {
            gst::log!(
                CAT,
                imp = self,
                "no report on the buffer at {pts}: gap event"
            );
            let gap = gst::event::Gap::builder(pts)
                .duration(buffer.duration())
                .build();
            self.src_pad.push_event(gap);
        }
        Ok(gst::FlowSuccess::Ok)
    }

    /// Caps say whether the input is documents already; downstream always gets documents.
    fn sink_event(&self, pad: &gst::Pad, event: gst::Event) -> bool {
        let gst::EventView::Caps(caps) = event.view() else {
            return gst::Pad::event_default(pad, Some(&*self.obj()), event);
        };
        let passes = caps
            .caps()
            .structure(0)
            .is_some_and(|structure| structure.name() == meta::REPORT_CAPS);
        gst::debug!(
            CAT,
            imp = self,
            "input is {}",
            if passes { "documents" } else { "frames" }
        );
        self.passes.store(passes, Ordering::Relaxed);
        let caps = gst::Caps::new_empty_simple(meta::REPORT_CAPS);
        let event = gst::event::Caps::builder(&caps)
            .seqnum(event.seqnum())
            .build();
        self.src_pad.push_event(event)
    }

    /// The value of the property `stats`.
    fn stats(&self) -> gst::Structure {
        kit::stats::structure(
            "reportconvert-stats",
            [
                ("frames", self.frames.load(Ordering::Relaxed)),
                ("documents", self.documents.load(Ordering::Relaxed)),
            ],
        )
    }
}
