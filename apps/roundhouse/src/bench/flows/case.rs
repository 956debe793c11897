// SPDX-License-Identifier: MIT OR Apache-2.0
//! One run: prod on recorded cameras, each at its own pace, and beside it a dev that makes trouble.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use clap::{Args, ValueEnum};
use gst::prelude::*;
use pipeline_text::{Variables, environment};
use serde::{Deserialize, Serialize};

use crate::bench::percentiles::percentiles;
use crate::failure::{Failure, Outcome};

/// Stream time before which nothing is counted: everything warms up.
const WARM_UP: gst::ClockTime = gst::ClockTime::from_seconds(2);
/// What making everything ready, and the last packet, may take.
const START: gst::ClockTime = gst::ClockTime::from_seconds(1);
/// The element after which a packet of prod is done.
const PROD_END: &str = "locoposition";
/// The allocator takes pieces of this size at each packet, ...
const CHUNK: usize = 64 << 20;
/// ... until it has so much, and gives everything back.
const MOST: usize = 1 << 30;

/// How dev is joined to the fork, and what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub struct Case {
    #[arg(long)]
    pub wiring: Wiring,
    #[arg(long)]
    pub trouble: Trouble,
}

/// What stands between the fork and each flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Wiring {
    /// `flowbin`: prod waits for room, dev leaks.
    Flowbin,
    /// `queue`
    Queue,
    /// `queue leaky=downstream` before dev
    Leaky,
}

/// What dev does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Trouble {
    /// There is no dev.
    None,
    /// Sleeps a second at every packet.
    Sleep,
    /// Fails at every packet.
    Error,
    /// Allocates and writes 1 GiB at every packet, in pieces of 64 MiB, and frees it.
    Allocate,
}

impl Wiring {
    /// Its word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Flowbin => "flowbin",
            Self::Queue => "queue",
            Self::Leaky => "leaky",
        }
    }

    /// Its name in the table.
    pub fn title(self) -> &'static str {
        match self {
            Self::Flowbin => "`tee ! flowbin`",
            Self::Queue => "`tee ! queue`",
            Self::Leaky => "`tee ! queue leaky`",
        }
    }

    /// This flow behind the fork.
    fn branch(self, name: &str, content: &str) -> String {
        match (self, name) {
            (Self::Flowbin, "prod") => {
                format!("fork. ! flowbin name=prod flow=prod leaky=no description=\"{content}\"")
            }
            (Self::Flowbin, _) => format!(
                "fork. ! flowbin name={name} flow={name} nice=19 restart-delay=10000000 max-restart-delay=10000000 description=\"{content}\""
            ),
            (Self::Leaky, "dev") => format!("fork. ! queue leaky=downstream ! {content}"),
            (Self::Queue | Self::Leaky, _) => format!("fork. ! queue ! {content}"),
        }
    }
}

impl Trouble {
    /// Its word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Sleep => "sleep",
            Self::Error => "error",
            Self::Allocate => "allocate",
        }
    }

    /// Its name in the table.
    pub fn title(self) -> &'static str {
        match self {
            Self::None => "no dev",
            Self::Sleep => "sleeps 1 s a packet",
            Self::Error => "fails at every packet",
            Self::Allocate => "allocates 1 GiB a packet",
        }
    }

    /// The elements of dev; none if there is no dev.
    fn content(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Sleep => Some("identity sleep-time=1000000 ! fakesink sync=false async=false"),
            Self::Error => Some("identity error-after=1 ! fakesink sync=false async=false"),
            Self::Allocate => Some("identity name=allocator ! fakesink sync=false async=false"),
        }
    }
}

impl Case {
    /// Prod without a dev.
    pub const ALONE: Self = Self {
        wiring: Wiring::Flowbin,
        trouble: Trouble::None,
    };

    /// What is played, for the progress line and for errors.
    pub fn about(self) -> String {
        if self.trouble == Trouble::None {
            return "prod alone".to_owned();
        }
        format!("{}, dev {}", self.wiring.title(), self.trouble.title())
    }

    /// The pipeline: recorded cameras, the aggregator, the fork and the flows behind it.
    fn description(self, prod: &str, clips: &Path, interval: u32) -> String {
        let clips = clips.display();
        let cameras: String = (1..=8)
            .map(|camera| {
                format!(
                    "filesrc location=\"{clips}/C{camera}.mp4\" ! qtdemux ! h264parse ! clocksync ! avdec_h264 max-threads=1 ! mux.sink_{} ",
                    camera - 1
                )
            })
            .collect();
        let prod = format!("{prod} ! fakesink sync=false async=false");
        let mut branches = self.wiring.branch("prod", &prod);
        if let Some(dev) = self.trouble.content() {
            branches.push(' ');
            branches.push_str(&self.wiring.branch("dev", dev));
        }
        format!(
            "framemux name=mux interval={} utc-start-time=2026-03-01T06:00:00Z \
             ! queue max-size-buffers=2 ! tee name=fork {cameras} {branches}",
            u64::from(interval) * 1_000_000
        )
    }
}

/// What every case plays.
#[derive(Args)]
pub struct Footage {
    /// The text of prod; a packet is done when it leaves its locoposition.
    #[arg(long, default_value = "pipelines/flows/prod.gst")]
    pub prod: PathBuf,
    /// Folder with the clips C1.mp4 to C8.mp4 and facility.toml.
    #[arg(long, default_value = "tests/data/demo")]
    pub clips: PathBuf,
    /// Footage that each run plays, at its own pace, seconds; the first two are not counted.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(4..=90))]
    pub seconds: u32,
    /// Time between two packets, ms: longer than this machine needs for one.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub interval: u32,
}

/// What prod did in one run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measured {
    /// Packets that prod finished in each second of the footage.
    pub rate: f64,
    /// Time from the fork to the positions: half of the packets at most, ms.
    pub p50: f64,
    /// The same of 99 in 100.
    pub p99: f64,
    /// What ended the run before its time.
    pub ended: Option<String>,
}

/// When packets passed the fork, and how long prod took for each.
#[derive(Default)]
struct Times {
    forked: HashMap<gst::ClockTime, Instant>,
    took: Vec<f64>,
}

/// Plays a case; nothing here waits for what dev holds up.
pub fn play(case: Case, footage: &Footage) -> Outcome<Measured> {
    let Footage {
        prod,
        clips,
        seconds,
        interval,
    } = footage;
    gst::init().map_err(|error| Failure::new(format!("GStreamer does not start: {error}")))?;
    let clips_variable = [("clips".to_owned(), clips.display().to_string())];
    let text = pipeline_text::read(prod, &Variables::from(clips_variable), &environment)
        .map_err(|mistake| Failure::new(mistake.to_string()))?;
    let description = case.description(text.description(), clips, *interval);
    let unplayable =
        |reason: &dyn std::fmt::Display| Failure::new(format!("{}: {reason}", case.about()));
    let pipeline = gst::parse::launch(&description).map_err(|error| unplayable(&error))?;
    let pipeline = pipeline
        .downcast::<gst::Pipeline>()
        .map_err(|_| unplayable(&"no pipeline"))?;
    let counted = WARM_UP..gst::ClockTime::from_seconds(u64::from(*seconds));
    let times = watch(&pipeline, &counted).ok_or_else(|| unplayable(&"there is no fork"))?;
    pipeline
        .set_state(gst::State::Playing)
        .map_err(|error| unplayable(&error))?;
    let ended = wait(&pipeline, *seconds);
    // Whether it stops well is not what is measured.
    let _ = pipeline.set_state(gst::State::Null);
    let times = times.lock().unwrap_or_else(PoisonError::into_inner);
    if case.trouble == Trouble::None && times.took.is_empty() {
        return Err(unplayable(
            &"prod finished nothing: it must have a locoposition",
        ));
    }
    let counted = (counted.end - counted.start).seconds() as f64;
    let [p50, p99] = percentiles(times.took.clone());
    Ok(Measured {
        rate: times.took.len() as f64 / counted,
        p50: if p50.is_nan() { 0.0 } else { p50 },
        p99: if p99.is_nan() { 0.0 } else { p99 },
        ended,
    })
}

/// Puts clocks on the fork and on the end of prod, for packets of this time, also when its elements are only made later, and arms the allocator.
fn watch(pipeline: &gst::Pipeline, counted: &Range<gst::ClockTime>) -> Option<Arc<Mutex<Times>>> {
    let times = Arc::new(Mutex::new(Times::default()));
    let (forked, counted) = (times.clone(), counted.clone());
    let fork = pipeline.by_name("fork")?.static_pad("sink")?;
    fork.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        let time = info.buffer().and_then(|buffer| buffer.pts());
        if let Some(time) = time.filter(|time| counted.contains(time)) {
            let mut times = forked.lock().unwrap_or_else(PoisonError::into_inner);
            times.forked.insert(time, Instant::now());
        }
        gst::PadProbeReturn::Ok
    });
    let finished = times.clone();
    let arm = move |element: &gst::Element| {
        let is_prod = element.factory().is_some_and(|it| it.name() == PROD_END);
        let Some(pad) = element.static_pad("src") else {
            return;
        };
        if is_prod {
            clock(&pad, &finished);
        } else if element.name() == "allocator" {
            allocate(&pad);
        }
    };
    pipeline
        .iterate_recurse()
        .into_iter()
        .flatten()
        .for_each(|element| arm(&element));
    pipeline.connect_deep_element_added(move |_, _, element| arm(element));
    Some(times)
}

/// Notes what leaves `pad`.
fn clock(pad: &gst::Pad, times: &Arc<Mutex<Times>>) {
    let times = times.clone();
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        if let Some(time) = info.buffer().and_then(|buffer| buffer.pts()) {
            let mut times = times.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(since) = times.forked.remove(&time) {
                times.took.push(since.elapsed().as_secs_f64() * 1e3);
            }
        }
        gst::PadProbeReturn::Ok
    });
}

/// Takes memory, writes to all of it and gives it back whenever a packet passes.
fn allocate(pad: &gst::Pad) {
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
        let held: Vec<Vec<u8>> = (0..MOST / CHUNK).map(|_| vec![1; CHUNK]).collect();
        drop(std::hint::black_box(held));
        gst::PadProbeReturn::Ok
    });
}

/// Waits for the end of the footage that is counted; why it came before its time.
fn wait(pipeline: &gst::Pipeline, seconds: u32) -> Option<String> {
    let bus = pipeline.bus()?;
    let kinds = [gst::MessageType::Error, gst::MessageType::Eos];
    let length = gst::ClockTime::from_seconds(u64::from(seconds));
    let message = bus.timed_pop_filtered(length + START, &kinds)?;
    match message.view() {
        gst::MessageView::Error(error) => Some(error.error().message().to_owned()),
        _ => None,
    }
}
