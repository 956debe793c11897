// SPDX-License-Identifier: MIT OR Apache-2.0
//! What plays inside: made from text, with a pad on either side that belongs to `flowbin`.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use gst::glib;
use gst::prelude::*;

use super::settings::Settings;

/// Where a content is with its packets.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Progress {
    /// A packet is being pushed in since then.
    pub pushing: Option<Instant>,
    /// Packets went in and nothing came out since then.
    pub waiting: Option<Instant>,
    /// What comes out waits for the stream behind `flowbin`.
    pub held_outside: bool,
    /// The stream has ended for it: of itself or because it is drained.
    pub end_sent: bool,
    /// It is being replaced: its end goes no further.
    pub draining: bool,
    /// Its end has come out.
    pub end_seen: bool,
    /// Its worker has left it.
    pub left: bool,
    /// The sticky events of its exit have gone on.
    pub announced: bool,
}

/// One content and its two ends.
pub struct Content {
    /// Counts the contents of a `flowbin`.
    pub generation: u64,
    /// The elements.
    pub bin: gst::Bin,
    /// Feeds it.
    pub entry: gst::Pad,
    /// Takes what comes out, if it has an open end.
    pub exit: Option<gst::Pad>,
    /// When it was made.
    pub since: Instant,
    progress: Mutex<Progress>,
    changed: Condvar,
}

impl Content {
    /// Puts the ends on `bin`, whose open pads are its static pads.
    pub fn new(
        generation: u64,
        bin: gst::Bin,
        entry: gst::Pad,
        exit: gst::Pad,
    ) -> Result<Self, String> {
        if open_sink(&bin).is_none() {
            return Err("the content has no open sink pad: begin it with an element whose input is not linked, such as 'queue ! …'".to_owned());
        }
        let exit = bin.static_pad("src").map(|_| exit);
        // Pads without a parent and without an activation of their own do not refuse.
        let _ = entry.set_active(true);
        exit.as_ref().map(|exit| exit.set_active(true));
        Ok(Self {
            generation,
            bin,
            entry,
            exit,
            since: Instant::now(),
            progress: Mutex::default(),
            changed: Condvar::new(),
        })
    }

    /// Joins it with its ends, once it is in its bin: a bin takes every link from what is added to it.
    pub fn link(&self) -> Result<(), String> {
        if let Some(sink) = self.bin.static_pad("sink") {
            self.entry
                .link(&sink)
                .map_err(|error| format!("the content cannot be fed: {error}"))?;
        }
        if let (Some(source), Some(exit)) = (self.bin.static_pad("src"), &self.exit) {
            source
                .link(exit)
                .map_err(|error| format!("the content's end cannot be linked: {error}"))?;
        }
        Ok(())
    }

    /// Where it is with its packets.
    pub fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the progress and wakes who waits for it.
    pub fn note(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut self.progress());
        self.changed.notify_all();
    }

    /// Waits until `reached` holds, at most for `limit`; whether it does.
    pub fn wait_for(&self, limit: Duration, reached: impl Fn(&Progress) -> bool) -> bool {
        let result = self
            .changed
            .wait_timeout_while(self.progress(), limit, |progress| !reached(progress));
        let (progress, _) = result.unwrap_or_else(PoisonError::into_inner);
        reached(&progress)
    }

    /// Whether it holds a packet, or has put nothing out, for longer than `limit` through its own fault.
    pub fn is_stalled(&self, limit: Duration) -> bool {
        let progress = self.progress();
        let since = if self.exit.is_some() {
            progress.waiting.or(progress.pushing)
        } else {
            progress.pushing
        };
        !progress.held_outside && since.is_some_and(|since| since.elapsed() > limit)
    }

    /// Whether something inside is an end of the pipeline.
    pub fn has_sinks(&self) -> bool {
        self.bin.element_flags().contains(gst::ElementFlags::SINK)
    }
}

/// Makes the elements that the settings describe: unlinked pads open, no sink waits for its first packet, flow names set.
pub fn parse(settings: &Settings) -> Result<gst::Bin, String> {
    let text = text(settings)?;
    let mut context = gst::ParseContext::new();
    let element = gst::parse::bin_from_description_full(
        &text,
        true,
        Some(&mut context),
        gst::ParseFlags::FATAL_ERRORS,
    )
    .map_err(|error| {
        let missing = context.missing_elements();
        let remedy = if missing.is_empty() {
            String::new()
        } else {
            format!("; not installed: {}", missing.join(", "))
        };
        format!("{}{}{remedy}", place(settings), error.message())
    })?;
    let bin = element
        .downcast::<gst::Bin>()
        .map_err(|_| "the content is no bin".to_owned())?;
    for element in elements(&bin) {
        prepare(&element, settings);
    }
    Ok(bin)
}

fn place(settings: &Settings) -> String {
    let path = settings.location.as_ref();
    path.map_or_else(String::new, |path| format!("{}: ", path.display()))
}

fn text(settings: &Settings) -> Result<String, String> {
    match (&settings.location, &settings.description) {
        (Some(_), Some(_)) => {
            Err("both 'location' and 'description' are set; keep one of them".to_owned())
        }
        (None, None) => Err("no content: set 'location' or 'description'".to_owned()),
        (None, Some(description)) => Ok(description.clone()),
        (Some(path), None) => {
            let environment = |name: &str| std::env::var(name).ok();
            pipeline_text::read(path, &settings.text_variables(), &environment)
                .map(|text| text.description().to_owned())
                .map_err(|mistake| mistake.headline())
        }
    }
}

fn elements(bin: &gst::Bin) -> Vec<gst::Element> {
    bin.iterate_recurse().into_iter().flatten().collect()
}

fn prepare(element: &gst::Element, settings: &Settings) {
    let takes = |name: &str, kind| {
        element.find_property(name).is_some_and(|property| {
            property.value_type() == kind && property.flags().contains(glib::ParamFlags::WRITABLE)
        })
    };
    let is_sink = element.element_flags().contains(gst::ElementFlags::SINK);
    if is_sink && takes("async", glib::Type::BOOL) {
        element.set_property("async", false);
    }
    if !settings.flow.is_empty() && takes("flow", glib::Type::STRING) {
        element.set_property("flow", &settings.flow);
    }
    // A flow in a flow.
    if settings.variables.is_some() && takes("variables", gst::Structure::static_type()) {
        element.set_property("variables", &settings.variables);
    }
}

/// The pad to feed: the ghost that parsing made, else a pad on request of the first element that has none.
fn open_sink(bin: &gst::Bin) -> Option<gst::Pad> {
    if let Some(pad) = bin.static_pad("sink") {
        return Some(pad);
    }
    elements(bin).iter().rev().find_map(|element| {
        let template = element.pad_template_list().into_iter().find(|template| {
            template.direction() == gst::PadDirection::Sink
                && template.presence() == gst::PadPresence::Request
        })?;
        if !element.sink_pads().is_empty() {
            return None;
        }
        let pad = element.request_pad(&template, None, None)?;
        let ghost = gst::GhostPad::builder_with_target(&pad)
            .ok()?
            .name("sink")
            .build();
        bin.add_pad(&ghost).ok()?;
        Some(ghost.upcast())
    })
}

/// The files and ports that two contents cannot both own, and who owns them.
fn owned(bin: &gst::Bin) -> BTreeMap<(&'static str, String), String> {
    const SERVERS: [&str; 3] = ["tcpserversink", "tcpserversrc", "udpsrc"];
    let mut owned = BTreeMap::new();
    for element in elements(bin) {
        let factory = element.factory().map(|factory| factory.name());
        let is_server = factory.is_some_and(|name| SERVERS.contains(&name.as_str()));
        let is_sink = element.element_flags().contains(gst::ElementFlags::SINK);
        let names = [
            ("location", is_sink),
            ("socket-path", is_sink),
            ("record", true),
            ("port", is_server),
        ];
        for (name, _) in names.into_iter().filter(|(_, owns)| *owns) {
            if element.find_property(name).is_none() {
                continue;
            }
            let value = element.property_value(name);
            let value = value.transform::<String>().ok();
            let value = value.and_then(|value| value.get::<Option<String>>().ok().flatten());
            if let Some(value) = value.filter(|value| !value.is_empty() && value != "/dev/null") {
                owned.insert((name, value), element.name().to_string());
            }
        }
    }
    owned
}

/// What `new` would take away from `old`, as a sentence.
pub fn conflict(old: &gst::Bin, new: &gst::Bin) -> Option<String> {
    let taken = owned(old);
    owned(new).into_iter().find_map(|((name, value), who)| {
        let owner = taken.get(&(name, value.clone()))?;
        Some(format!(
            "{who} wants {name} {value}, which {owner} of the running content owns: give the new one another, or put that \
             element behind the flowbin"
        ))
    })
}
