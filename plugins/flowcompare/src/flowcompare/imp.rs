// SPDX-License-Identifier: MIT OR Apache-2.0
//! Two sink pads that never wait for each other, one comparison.
//!
//! A sink and no aggregator: an aggregator would hold back the flow that is ahead, and a flow that is judged must not be able to
//! do that to prod. An element and no command: so it works while the flows play, in any pipeline, with gst-launch-1.0 too.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use estimation::metrics::{Difference, Interval, Side};
use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use messages::{Data, Event};
use serde_json::json;

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "flowcompare",
        gst::DebugColorFlags::empty(),
        Some("Comparison of two flows"),
    )
});

const SIDES: [(&str, Side); 2] = [
    ("reference", Side::Reference),
    ("candidate", Side::Candidate),
];

#[derive(Debug, Clone)]
struct Settings {
    location: Option<PathBuf>,
    moved_above: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            location: None,
            moved_above: 0.5,
        }
    }
}

/// One run, from READY to READY.
#[derive(Debug)]
struct Run {
    difference: Difference,
    file: Option<BufWriter<File>>,
    ended: [bool; 2],
    refused: u64,
}

/// Lock order: none, no lock is taken while another one is held.
pub struct FlowCompare {
    settings: Mutex<Settings>,
    run: Mutex<Option<Run>>,
    pads: [gst::Pad; 2],
}

#[glib::object_subclass]
impl ObjectSubclass for FlowCompare {
    const NAME: &'static str = "RoundhouseFlowCompare";
    type Type = super::FlowCompare;
    type ParentType = gst::Element;

    fn with_class(class: &Self::Class) -> Self {
        let pad = |name: &str, side: Side| {
            let Some(template) = class.pad_template(name) else {
                return gst::Pad::builder(gst::PadDirection::Sink)
                    .name(name)
                    .build();
            };
            gst::Pad::builder_from_template(&template)
                .name(name)
                .chain_function(move |_, parent, buffer| {
                    Self::catch_panic_pad_function(
                        parent,
                        || Err(gst::FlowError::Error),
                        |imp| imp.take(side, &buffer),
                    )
                })
                .event_function(move |pad, parent, event| {
                    Self::catch_panic_pad_function(
                        parent,
                        || false,
                        |imp| imp.event(side, pad, event),
                    )
                })
                .build()
        };
        Self {
            settings: Mutex::default(),
            run: Mutex::default(),
            pads: SIDES.map(|(name, side)| pad(name, side)),
        }
    }
}

impl ObjectImpl for FlowCompare {
    fn properties() -> &'static [glib::ParamSpec] {
        static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
            vec![
                glib::ParamSpecString::builder("location")
                    .nick("Location")
                    .blurb("Path of a file for the differences at each instant and their total, as JSON Lines; null: none")
                    .mutable_ready()
                    .build(),
                glib::ParamSpecDouble::builder("moved-above")
                    .nick("Moved above")
                    .blurb("A locomotive whose ends differ by more than this on average has moved, metres")
                    .minimum(0.0)
                    .maximum(6.0)
                    .default_value(Settings::default().moved_above)
                    .mutable_ready()
                    .build(),
                glib::ParamSpecString::builder("summary")
                    .nick("Summary")
                    .blurb("The comparison so far, in words")
                    .read_only()
                    .build(),
            ]
        });
        &PROPERTIES
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        let mut settings = lock(&self.settings);
        // GLib has checked the types.
        match pspec.name() {
            "location" => {
                let location: Option<String> = value.get().unwrap_or_default();
                settings.location = location.filter(|path| !path.is_empty()).map(PathBuf::from);
            }
            "moved-above" => settings.moved_above = value.get().unwrap_or(settings.moved_above),
            _ => {}
        }
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match pspec.name() {
            "location" => {
                let location = lock(&self.settings).location.clone();
                location.map(|path| path.display().to_string()).to_value()
            }
            "moved-above" => lock(&self.settings).moved_above.to_value(),
            _ => {
                let run = lock(&self.run);
                run.as_ref()
                    .map(|run| run.difference.to_string())
                    .to_value()
            }
        }
    }

    fn constructed(&self) {
        self.parent_constructed();
        let obj = self.obj();
        obj.set_element_flags(gst::ElementFlags::SINK);
        for pad in &self.pads {
            // A new element has no pad of that name yet.
            let _ = obj.add_pad(pad);
        }
    }
}

impl GstObjectImpl for FlowCompare {}

impl ElementImpl for FlowCompare {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Flow comparison",
                "Sink/Analyzer",
                "Compares the facility states of two flows instant by instant and says how far they are apart",
                "The Roundhouse developers",
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let caps = gst::Caps::new_empty_simple("application/x-roundhouse-state");
            let template = |(name, _): &(&str, Side)| {
                gst::PadTemplate::new(
                    name,
                    gst::PadDirection::Sink,
                    gst::PadPresence::Always,
                    &caps,
                )
            };
            SIDES
                .iter()
                .filter_map(|side| template(side).ok())
                .collect()
        });
        &TEMPLATES
    }

    fn change_state(
        &self,
        transition: gst::StateChange,
    ) -> Result<gst::StateChangeSuccess, gst::StateChangeError> {
        if transition == gst::StateChange::ReadyToPaused {
            *lock(&self.run) = Some(self.start()?);
        }
        let success = self.parent_change_state(transition)?;
        if transition == gst::StateChange::PausedToReady {
            let run = lock(&self.run).take();
            if let Some(Err(error)) = run.and_then(|run| run.file).map(|mut file| file.flush()) {
                self.complain(&error);
            }
        }
        Ok(success)
    }
}

impl FlowCompare {
    fn start(&self) -> Result<Run, gst::StateChangeError> {
        let settings = lock(&self.settings).clone();
        let open = |path: &PathBuf| {
            File::create(path).map(BufWriter::new).map_err(|error| {
                gst::element_imp_error!(
                    self,
                    gst::ResourceError::OpenWrite,
                    (
                        "Property 'location': {} cannot be written: {error}",
                        path.display()
                    )
                );
                gst::StateChangeError
            })
        };
        Ok(Run {
            difference: Difference::new(settings.moved_above),
            file: settings.location.as_ref().map(open).transpose()?,
            ended: [false; 2],
            refused: 0,
        })
    }

    /// Takes one document of one flow.
    fn take(
        &self,
        side: Side,
        buffer: &gst::BufferRef,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        let event = parse(buffer);
        let mut guard = lock(&self.run);
        let Some(run) = guard.as_mut() else {
            return Err(gst::FlowError::Flushing);
        };
        let written = match event {
            Ok(Event {
                time,
                data: Data::State(state),
                ..
            }) => {
                let intervals = run.difference.push(side, time, state);
                run.write(&intervals)
            }
            Ok(_) => Ok(()),
            Err(reason) => {
                run.refused += 1;
                gst::warning!(
                    CAT,
                    imp = self,
                    "{side:?}: {reason}; {} so far",
                    run.refused
                );
                Ok(())
            }
        };
        drop(guard);
        if let Err(error) = written {
            self.complain(&error);
        }
        Ok(gst::FlowSuccess::Ok)
    }

    fn event(&self, side: Side, pad: &gst::Pad, event: gst::Event) -> bool {
        if event.type_() == gst::EventType::Eos {
            self.end(side, event.seqnum());
            return true;
        }
        gst::Pad::event_default(pad, Some(&*self.obj()), event)
    }

    /// One flow has ended; after both the verdict follows.
    fn end(&self, side: Side, seqnum: gst::Seqnum) {
        let mut guard = lock(&self.run);
        let Some(run) = guard.as_mut() else { return };
        run.ended[side as usize] = true;
        let intervals = run.difference.end(side);
        let mut written = run.write(&intervals);
        let verdict = run.ended.iter().all(|ended| *ended).then(|| {
            let total = run.difference.total();
            written = std::mem::replace(&mut written, Ok(())).and_then(|()| run.write_total());
            (run.difference.to_string(), json!(total).to_string())
        });
        drop(guard);
        if let Err(error) = written {
            self.complain(&error);
        }
        let Some((summary, total)) = verdict else {
            return;
        };
        let obj = self.obj();
        let structure = gst::Structure::builder("roundhouse-comparison")
            .field("summary", &summary)
            .field("total", &total)
            .build();
        let messages = [
            gst::message::Element::builder(structure).src(&*obj).build(),
            gst::message::Eos::builder()
                .src(&*obj)
                .seqnum(seqnum)
                .build(),
        ];
        for message in messages {
            // Without a bus nobody wants to know.
            let _ = obj.post_message(message);
        }
    }

    /// A disk that is full costs the file of differences, not the flows.
    fn complain(&self, error: &io::Error) {
        gst::element_imp_warning!(
            self,
            gst::ResourceError::Write,
            ("The file of property 'location' is not complete: {error}")
        );
    }
}

impl Run {
    /// Writes the differences; after an error the file is left alone.
    fn write(&mut self, intervals: &[Interval]) -> io::Result<()> {
        let lines = intervals.iter().map(|interval| json!(interval).to_string());
        self.write_lines(lines)
    }

    fn write_total(&mut self) -> io::Result<()> {
        let line = json!({"total": self.difference.total()}).to_string();
        self.write_lines([line])
    }

    fn write_lines(&mut self, lines: impl IntoIterator<Item = String>) -> io::Result<()> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        let result = lines
            .into_iter()
            .try_for_each(|line| writeln!(file, "{line}"))
            .and_then(|()| file.flush());
        if result.is_err() {
            self.file = None;
        }
        result
    }
}

fn parse(buffer: &gst::BufferRef) -> Result<Event, String> {
    let map = buffer
        .map_readable()
        .map_err(|_| "the buffer cannot be read".to_owned())?;
    let text = std::str::from_utf8(&map).map_err(|error| error.to_string())?;
    Event::parse(text).map_err(|error| error.to_string())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
