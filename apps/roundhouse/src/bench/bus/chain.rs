// SPDX-License-Identifier: MIT OR Apache-2.0
//! The row `chain`: CPU time of a hall in three processes against that of one.

use std::path::{Path, PathBuf};

use super::clips::shorten;
use super::player::Hall;
use crate::bench::limit::{Limit, Line};
use crate::bench::pairs::in_turns;
use crate::bench::percentiles::median;
use crate::bench::ratio::Ratio;
use crate::bench::usage::of_children;
use crate::failure::{Failure, Outcome};

/// CPU time of three processes against one, at most.
const MOST: f64 = 1.3;
/// Pictures of each clip: about fifteen seconds.
const PICTURES: u32 = 75;

/// Measures both in turns, and looks whether they give the same states.
pub fn lines(pairs: u32, pipelines: &Path, clips: &Path) -> Outcome<Vec<Line>> {
    let scratch = tempfile::tempdir();
    let scratch = scratch.map_err(|error| Failure::file(&std::env::temp_dir(), &error))?;
    shorten(clips, scratch.path(), PICTURES)?;
    let hall = Hall {
        pipelines: pipelines.to_owned(),
        clips: scratch.path().to_owned(),
    };
    let [of_three, of_one] = ["three", "one"].map(|name| scratch.path().join(name));
    let three = || spent(|| hall.play_in_three(&of_three));
    let one = || spent(|| hall.play_in_one(&of_one));
    let (three, one) = in_turns(pairs, "chain", three, one)?;
    compare(&of_three, &of_one)?;
    let seconds = |times: &[f64]| median(times.iter().copied());
    Ok(vec![Line {
        name: "chain, CPU of three processes / one".to_owned(),
        seen: format!("{:.1} and {:.1} s", seconds(&three), seconds(&one)),
        measured: Ratio::of(&three, &one).into(),
        limit: Limit::AtMost(MOST),
    }])
}

/// CPU time of the processes that `play` starts and ends.
fn spent(play: impl FnOnce() -> Outcome) -> Outcome<f64> {
    let before = of_children()?;
    play()?;
    Ok(of_children()? - before)
}

/// Refuses a comparison of runs that did different things.
fn compare(three: &PathBuf, one: &PathBuf) -> Outcome {
    let read = |path: &PathBuf| std::fs::read(path).map_err(|error| Failure::file(path, &error));
    let (three, one) = (read(three)?, read(one)?);
    if three == one && !one.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        "chain: three processes gave other states than one: frames or reports were lost",
    ))
}
