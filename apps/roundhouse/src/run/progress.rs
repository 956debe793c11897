// SPDX-License-Identifier: MIT OR Apache-2.0
//! The progress line and the sentences at the end of a run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use gst::prelude::*;
use indicatif::{ProgressBar, ProgressStyle};

use super::flows::{Count, count, flowbins};

/// Elements that put the frames of all cameras into one packet.
const AGGREGATORS: [&str; 2] = ["framemux", "nvstreammux"];

/// A line that is written again and again, on a terminal only.
pub fn line(quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner());
    ProgressBar::new_spinner().with_style(style)
}

/// How far a pipeline is, and what its flows count.
pub struct Meter {
    packets: Arc<AtomicU64>,
    start: Instant,
    /// When the last line was made, and the packets until then.
    last: (Instant, u64),
    /// Where it was when it could be asked last.
    played: gst::ClockTime,
}

impl Meter {
    /// Counts what leaves the aggregators of `pipeline`; without one, what comes to its sinks.
    pub fn new(pipeline: &gst::Pipeline) -> Self {
        let packets = Arc::new(AtomicU64::new(0));
        for pad in packet_pads(pipeline) {
            let packets = packets.clone();
            pad.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
                packets.fetch_add(1, Ordering::Relaxed);
                gst::PadProbeReturn::Ok
            });
        }
        let now = Instant::now();
        Self {
            packets,
            start: now,
            last: (now, 0),
            played: gst::ClockTime::ZERO,
        }
    }

    /// How it is now: `12.4 s of 90 s, 3.1 x real time, 15.3 packets/s; prod 0 dropped; dev 3 dropped, 1 restart`.
    pub fn progress(&mut self, pipeline: &gst::Pipeline) -> String {
        self.look(pipeline);
        let now = Instant::now();
        let packets = self.packets.load(Ordering::Relaxed);
        let interval = now.duration_since(self.last.0).as_secs_f64();
        let rate = (packets - self.last.1) as f64 / interval.max(1e-3);
        self.last = (now, packets);
        let total = pipeline.query_duration::<gst::ClockTime>();
        let total = total
            .map(|total| format!(" of {} s", total.seconds()))
            .unwrap_or_default();
        let (played, speed) = self.speed();
        let flows: String = counts(pipeline).iter().map(short).collect();
        format!("{played:.1} s{total}, {speed:.1} x real time, {rate:.1} packets/s{flows}")
    }

    /// How it was, once it has ended: a line for the pipeline and one for each flow.
    pub fn summary(&mut self, pipeline: &gst::Pipeline) -> Vec<String> {
        self.look(pipeline);
        let packets = self.packets.load(Ordering::Relaxed);
        let wall = self.start.elapsed().as_secs_f64();
        let rate = packets as f64 / wall.max(1e-3);
        let (played, speed) = self.speed();
        let mut lines = vec![format!(
            "played {played:.1} s in {wall:.1} s ({speed:.1} x real time): {packets} packets, {rate:.1} packets/s"
        )];
        lines.extend(counts(pipeline).iter().map(long));
        lines
    }

    /// Notes how far the footage is played.
    fn look(&mut self, pipeline: &gst::Pipeline) {
        if let Some(position) = pipeline.query_position::<gst::ClockTime>() {
            self.played = position;
        }
    }

    /// Seconds of the footage that are played, and how many a second.
    fn speed(&self) -> (f64, f64) {
        let played = self.played.mseconds() as f64 / 1000.0;
        (
            played,
            played / self.start.elapsed().as_secs_f64().max(1e-3),
        )
    }
}

/// The flows that are off, each with the reason.
pub fn flows_off(pipeline: &gst::Pipeline) -> Vec<String> {
    let off = counts(pipeline).into_iter().filter(|flow| !flow.runs);
    off.map(|flow| {
        let reason = flow.last_error.unwrap_or_else(|| "no reason given".into());
        format!("flow {} was off at the end: {reason}", flow.label)
    })
    .collect()
}

/// What each flow counts.
fn counts(pipeline: &gst::Pipeline) -> Vec<Count> {
    flowbins(pipeline).iter().map(count).collect()
}

/// The pads whose packets are counted.
fn packet_pads(pipeline: &gst::Pipeline) -> Vec<gst::Pad> {
    let elements: Vec<gst::Element> = pipeline.iterate_recurse().into_iter().flatten().collect();
    let is_aggregator = |element: &&gst::Element| {
        let factory = element.factory();
        factory.is_some_and(|factory| AGGREGATORS.contains(&factory.name().as_str()))
    };
    let outputs = elements.iter().filter(is_aggregator);
    let outputs: Vec<_> = outputs.filter_map(|mux| mux.static_pad("src")).collect();
    if !outputs.is_empty() {
        return outputs;
    }
    let sinks = pipeline.iterate_sinks().into_iter().flatten();
    sinks.filter_map(|sink| sink.static_pad("sink")).collect()
}

/// A count with its noun.
fn plural(count: u64, what: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {what}{ending}")
}

/// A flow in the progress line.
fn short(flow: &Count) -> String {
    let mut text = format!("; {} {} dropped", flow.label, flow.dropped);
    if flow.restarts > 0 {
        text.push_str(&format!(", {}", plural(flow.restarts, "restart")));
    }
    if !flow.runs {
        text.push_str(", off");
    }
    text
}

/// A flow in the summary.
fn long(flow: &Count) -> String {
    let [half, most] = flow.latency.map(|time| time as f64 * 1e-6);
    format!(
        "flow {}: {} in, {} out, {} dropped, {}, {}, {half:.1} ms a packet ({most:.1} ms at p99)",
        flow.label,
        flow.arrived,
        flow.out,
        flow.dropped,
        plural(flow.restarts, "restart"),
        plural(flow.reloads, "reload"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_in_a_line_and_at_the_end() {
        let mut flow = Count {
            label: "dev".to_owned(),
            runs: true,
            arrived: 450,
            out: 93,
            dropped: 3,
            restarts: 0,
            reloads: 2,
            latency: [103_500_000, 160_000_000],
            last_error: None,
        };
        assert_eq!(short(&flow), "; dev 3 dropped");
        assert_eq!(
            long(&flow),
            "flow dev: 450 in, 93 out, 3 dropped, 0 restarts, 2 reloads, 103.5 ms a packet (160.0 ms at p99)"
        );
        (flow.restarts, flow.runs) = (1, false);
        assert_eq!(short(&flow), "; dev 3 dropped, 1 restart, off");
    }
}
