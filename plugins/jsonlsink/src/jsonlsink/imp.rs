// SPDX-License-Identifier: MIT OR Apache-2.0
//! What GStreamer calls: properties, start, documents, stop.

use std::io;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex};

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::prelude::*;
use jsonl::{Counters, Files};
use kit::lock;

use super::properties::{PROPERTIES, Settings};
use super::warnings::Told;

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "jsonlsink",
        gst::DebugColorFlags::empty(),
        Some("Documents in rotating files"),
    )
});

/// The element's state. No lock is taken while another one is held, and messages are posted without one.
#[derive(Default)]
pub struct JsonlSink {
    settings: Mutex<Settings>,
    /// The files; `None` in READY and below.
    run: Mutex<Option<Run>>,
    /// What was counted, also when nothing runs any more.
    counters: Mutex<Counters>,
}

/// What exists between start and stop.
struct Run {
    folder: PathBuf,
    files: Files,
    told: Told,
}

/// What to tell after a document.
enum News {
    Warning(gst::ResourceError, String),
    Info(String),
}

#[glib::object_subclass]
impl ObjectSubclass for JsonlSink {
    const NAME: &'static str = "RoundhouseJsonlSink";
    type Type = super::JsonlSink;
    type ParentType = gst_base::BaseSink;
}

impl ObjectImpl for JsonlSink {
    fn properties() -> &'static [glib::ParamSpec] {
        &PROPERTIES
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        lock(&self.settings).set(pspec.name(), value);
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match pspec.name() {
            "stats" => {
                let counters = *lock(&self.counters);
                kit::stats::structure("jsonlsink-stats", counters.iter()).to_value()
            }
            name => lock(&self.settings).get(name),
        }
    }

    fn constructed(&self) {
        self.parent_constructed();
        let obj = self.obj();
        // Documents are written as they come; a camera that is missing must not hold up the start.
        obj.set_sync(false);
        obj.set_async(false);
        obj.set_enable_last_sample(false);
    }
}

impl GstObjectImpl for JsonlSink {}

impl ElementImpl for JsonlSink {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "JSON Lines sink",
                "Sink/File",
                "Writes JSON documents, one per line, into files of a folder, which rotate by day and size; a restart appends to \
                 the last file",
                env!("CARGO_PKG_AUTHORS"),
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let caps = [meta::STATE_CAPS, meta::REPORT_CAPS];
            let caps: gst::Caps = caps.into_iter().map(gst::Structure::new_empty).collect();
            let (direction, presence) = (gst::PadDirection::Sink, gst::PadPresence::Always);
            gst::PadTemplate::new("sink", direction, presence, &caps)
                .into_iter()
                .collect()
        });
        &TEMPLATES
    }
}

impl BaseSinkImpl for JsonlSink {
    fn start(&self) -> Result<(), gst::ErrorMessage> {
        let settings = lock(&self.settings).clone();
        let Some(folder) = settings.location.clone() else {
            return Err(gst::error_msg!(
                gst::ResourceError::NotFound,
                ("Property 'location' is not set: name the folder for the files")
            ));
        };
        let mut files = Files::new(&folder, settings.limits());
        let mut told = Told::default();
        let mut news = None;
        if let Err(error) = files.open(kit::clock::now()) {
            if !is_passing(&error) {
                return Err(gst::error_msg!(
                    gst::ResourceError::OpenWrite,
                    (
                        "Property 'location': no file can be written in {}: {error}",
                        folder.display()
                    )
                ));
            }
            news = told.lost(&folder, &error, 0);
        }
        *lock(&self.counters) = files.counters();
        *lock(&self.run) = Some(Run {
            folder,
            files,
            told,
        });
        self.tell(news.map(|text| News::Warning(gst::ResourceError::NoSpaceLeft, text)));
        Ok(())
    }

    fn render(&self, buffer: &gst::Buffer) -> Result<gst::FlowSuccess, gst::FlowError> {
        // A buffer that cannot be mapped holds no readable document either.
        let document = buffer.map_readable().ok();
        let document = document.as_deref().unwrap_or_default();
        if document.trim_ascii().is_empty() {
            return Ok(gst::FlowSuccess::Ok);
        }
        let mut run = lock(&self.run);
        let Some(current) = run.as_mut() else {
            return Err(gst::FlowError::Flushing);
        };
        let (news, counters) = current.write(document);
        drop(run);
        gst::trace!(CAT, imp = self, "{} bytes: {counters:?}", document.len());
        *lock(&self.counters) = counters;
        self.tell(news);
        Ok(gst::FlowSuccess::Ok)
    }

    fn stop(&self) -> Result<(), gst::ErrorMessage> {
        let run = lock(&self.run).take();
        if let Some(Err(error)) = run.map(|run| run.files.sync()) {
            let text = format!("The last documents may not be on the disk: {error}");
            self.tell(Some(News::Warning(gst::ResourceError::Sync, text)));
        }
        Ok(())
    }
}

impl Run {
    /// Writes a document; what to tell of it, and what was counted.
    fn write(&mut self, document: &[u8]) -> (Option<News>, Counters) {
        let before = self.files.counters();
        let written = self.files.write(document, kit::clock::now());
        let counters = self.files.counters();
        let news = match written {
            Err(error) => {
                let text = self.told.lost(&self.folder, &error, before.lost);
                text.map(|text| News::Warning(gst::ResourceError::Write, text))
            }
            Ok(()) if counters.refused > before.refused => {
                let text = self.told.refused().map(str::to_owned);
                text.map(|text| News::Warning(gst::ResourceError::Write, text))
            }
            Ok(()) => self
                .told
                .written(&self.folder, counters.lost)
                .map(News::Info),
        };
        (news, counters)
    }
}

/// Whether trouble at the start may pass by itself, so that the stream need not wait for it.
fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

impl JsonlSink {
    /// Posts what is to be told.
    fn tell(&self, news: Option<News>) {
        match news {
            Some(News::Warning(kind, text)) => {
                gst::element_imp_warning!(self, kind, ("{text}"));
            }
            Some(News::Info(text)) => {
                gst::element_imp_info!(self, gst::ResourceError::Write, ("{text}"));
            }
            None => (),
        }
    }
}
