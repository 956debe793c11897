// SPDX-License-Identifier: MIT OR Apache-2.0
//! The row `zmq-rate`: from our PUSH to our PULL, and from pyzmq's to pyzmq's.

use super::python::Python;
use crate::bench::beside::{Beside, free_port};
use crate::bench::limit::{Limit, Line};
use crate::bench::pairs::in_turns;
use crate::bench::percentiles::median;
use crate::bench::ratio::Ratio;
use crate::failure::Outcome;

/// Our rate against pyzmq's, at least.
const LEAST: f64 = 1.0;
/// Sizes of payloads, bytes, with their names, and how many messages are enough for a second.
const SIZES: [(&str, usize, usize); 2] = [("1 kB", 1_000, 50_000), ("100 kB", 100_000, 8_000)];

/// Measures the rates at each size.
pub fn lines(pairs: u32, python: &Python) -> Outcome<Vec<Line>> {
    let line = |(name, payload, count): (&str, usize, usize)| {
        let (payload, count) = (payload.to_string(), count.to_string());
        let title = format!("zmq-rate, {name}");
        let ours = || our_rate(&count, &payload);
        let theirs = || their_rate(python, &count, &payload);
        let (ours, theirs) = in_turns(pairs, &title, ours, theirs)?;
        let thousands = |rates: &[f64]| median(rates.iter().copied()) * 1e-3;
        Ok(Line {
            name: format!("{title}: ours / pyzmq"),
            seen: format!(
                "{:.1}k and {:.1}k messages a second",
                thousands(&ours),
                thousands(&theirs)
            ),
            measured: Ratio::of(&ours, &theirs).into(),
            limit: Limit::AtLeast(LEAST),
        })
    };
    SIZES.into_iter().map(line).collect()
}

/// Messages a second between two processes of ours.
fn our_rate(count: &str, payload: &str) -> Outcome<f64> {
    let port = free_port()?;
    let pull = format!("zmq+pull://127.0.0.1:{port}?bind=1");
    let receiver = Beside::part(&["pull", &pull, count])?;
    let push = format!("zmq+push://127.0.0.1:{port}?connect=1");
    rate(receiver, Beside::part(&["push", &push, count, payload])?)
}

/// Messages a second between two processes of pyzmq.
fn their_rate(python: &Python, count: &str, payload: &str) -> Outcome<f64> {
    let address = format!("tcp://127.0.0.1:{}", free_port()?);
    let receiver = python.pyzmq(&["pull", &address, count])?;
    let sender = python.pyzmq(&["push", &address, count, payload])?;
    rate(receiver, sender)
}

/// What the receiver says when both have done their work.
fn rate(mut receiver: Beside, sender: Beside) -> Outcome<f64> {
    let rate = receiver.number()?;
    sender.finish()?;
    receiver.finish()?;
    Ok(rate)
}
