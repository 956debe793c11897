// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who the locomotives are: how soon each carries its number after it was shown, and what else was stated.

use std::collections::{BTreeMap, BTreeSet};

use estimation::metrics::Instant;
use messages::Timestamp;
use serde::{Deserialize, Serialize};

/// From this height on a number counts as shown, pixels.
const TALL: f64 = 20.0;
/// For so long it must be shown, seconds.
const SHOWN_FOR: f64 = 3.0;
/// Then so much time may pass until the number is stated, seconds.
const WITHIN: f64 = 10.0;
/// A number stated with more than this is held for certain.
const CERTAIN: f64 = 0.95;

/// What one camera can see at one second: a line of `visible.jsonl`.
#[derive(Debug, Deserialize)]
pub struct View {
    /// Seconds since the first instant of the truth.
    t: f64,
    plates: Vec<Plate>,
}

#[derive(Debug, Deserialize)]
struct Plate {
    /// The locomotive in the truth.
    id: String,
    /// Pixels.
    height: f64,
}

/// What became of one locomotive.
#[derive(Debug, Default, Serialize, PartialEq)]
pub struct Fate {
    id: String,
    /// When its number had been shown for long enough, seconds since the start; none if it never was.
    shown: Option<f64>,
    /// When its estimate first carried the right number.
    right: Option<f64>,
    /// Whether that was soon enough after it was shown.
    in_time: Option<bool>,
    /// Wrong numbers that were held for certain.
    wrong: BTreeSet<String>,
    /// Whether the last model stated is right; none if none was.
    model: Option<bool>,
}

/// All locomotives of a run.
#[derive(Debug, Serialize, PartialEq)]
pub struct Identity {
    #[serde(rename = "machines")]
    locomotives: Vec<Fate>,
    /// Locomotives whose number was shown.
    shown: usize,
    /// Those of them that carried it in time.
    in_time: usize,
    /// Locomotives that ever carried a wrong number held for certain.
    certainly_wrong: usize,
    /// Locomotives with a model, and with the right one.
    models: [usize; 2],
}

impl Identity {
    /// From what could be seen, and the truth beside the states.
    pub fn new(views: &[View], instants: &[Instant]) -> Self {
        let shown = shown(views);
        let start = instants.first().map(|instant| instant.truth.time);
        let mut fates: BTreeMap<&str, Fate> = BTreeMap::new();
        for instant in instants {
            let t = seconds(start, instant.truth.time);
            for (locomotive, pair) in instant
                .truth
                .locomotives
                .iter()
                .zip(&instant.matching.estimates)
            {
                let fate = fates.entry(&locomotive.id).or_insert_with(|| Fate {
                    id: locomotive.id.clone(),
                    shown: shown.get(&locomotive.id).copied(),
                    ..Fate::default()
                });
                let Some((estimate, _)) = pair else { continue };
                if let Some(plate) = &estimate.plate {
                    if locomotive.plate.as_ref() == Some(&plate.text) {
                        fate.right.get_or_insert(t);
                    } else if plate.p > CERTAIN {
                        fate.wrong.insert(plate.text.clone());
                    }
                }
                if let Some(model) = &estimate.model {
                    fate.model = Some(locomotive.model.as_ref() == Some(&model.name));
                }
            }
        }
        let mut locomotives: Vec<Fate> = fates.into_values().collect();
        for fate in &mut locomotives {
            fate.in_time = fate
                .shown
                .map(|shown| fate.right.is_some_and(|right| right <= shown + WITHIN));
        }
        let count =
            |which: &dyn Fn(&Fate) -> bool| locomotives.iter().filter(|fate| which(fate)).count();
        Self {
            shown: count(&|fate| fate.shown.is_some()),
            in_time: count(&|fate| fate.in_time == Some(true)),
            certainly_wrong: count(&|fate| !fate.wrong.is_empty()),
            models: [
                count(&|fate| fate.model.is_some()),
                count(&|fate| fate.model == Some(true)),
            ],
            locomotives,
        }
    }

    /// For people.
    pub fn print(&self) {
        println!("who they are, locomotive by locomotive (seconds since the start)");
        println!(
            "  {:<8} {:>12} {:>14} {:>8}  {:<6} wrong and certain",
            "locomotive", "number shown", "number stated", "in time", "model"
        );
        let time = |time: Option<f64>| time.map_or("-".to_owned(), |time| format!("{time:.0}"));
        let yes = |yes: Option<bool>| yes.map_or("-", |yes| if yes { "yes" } else { "NO" });
        for fate in &self.locomotives {
            let wrong: Vec<_> = fate.wrong.iter().map(String::as_str).collect();
            println!(
                "  {:<8} {:>12} {:>14} {:>8}  {:<6} {}",
                fate.id,
                time(fate.shown),
                time(fate.right),
                yes(fate.in_time),
                yes(fate.model),
                wrong.join(" ")
            );
        }
        println!(
            "  {} of {} numbers that were {TALL:.0} px high for {SHOWN_FOR:.0} s are stated within {WITHIN:.0} s; \
             {} locomotives with a wrong number over {:.0} %; {} of {} models right",
            self.in_time,
            self.shown,
            self.certainly_wrong,
            100.0 * CERTAIN,
            self.models[1],
            self.models[0]
        );
    }
}

/// Seconds since the start.
fn seconds(start: Option<Timestamp>, time: Timestamp) -> f64 {
    start.map_or(0.0, |start| time.seconds_since(start))
}

/// When each locomotive's number had been shown long enough: in seconds that follow each other, by whichever cameras.
fn shown(views: &[View]) -> BTreeMap<String, f64> {
    let mut seen: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for view in views {
        for plate in view.plates.iter().filter(|plate| plate.height >= TALL) {
            seen.entry(&plate.id).or_default().insert(view.t as u64);
        }
    }
    let wanted = SHOWN_FOR as u64;
    seen.into_iter()
        .filter_map(|(id, seconds)| {
            let first = seconds
                .iter()
                .find(|&&first| (first..first + wanted).all(|second| seconds.contains(&second)))?;
            Some((id.to_owned(), (first + wanted) as f64))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(t: u32, id: &str, height: f64) -> View {
        View {
            t: f64::from(t),
            plates: vec![Plate {
                id: id.to_owned(),
                height,
            }],
        }
    }

    #[test]
    fn a_number_is_shown_after_three_seconds_in_a_row_whoever_sees_it() {
        let tall = |t| view(t, "A", 21.0);
        assert_eq!(shown(&[tall(4), tall(6), tall(7)]).get("A"), None);
        let low = view(5, "A", 19.0);
        assert_eq!(shown(&[tall(4), low, tall(6), tall(7)]).get("A"), None);
        let late = [tall(4), tall(4), tall(6), tall(7), tall(8), tall(9)];
        assert_eq!(shown(&late).get("A"), Some(&9.0));
    }
}
