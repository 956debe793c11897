// SPDX-License-Identifier: MIT OR Apache-2.0
//! Durations as rules write them and sentences tell them: `90 s`, `5 min`, `8 h`, `2 d`.

/// Units, the longest names first, in seconds.
const UNITS: [(&str, f64); 4] = [("min", 60.0), ("s", 1.0), ("h", 3600.0), ("d", 86400.0)];
/// The longest that is believed: ten years, in seconds.
const LONGEST: f64 = 315_360_000.0;

/// The nanoseconds of a duration; nothing if the text is none.
pub fn nanos(text: &str) -> Option<i64> {
    let by_unit =
        |(name, unit): &(&str, f64)| text.strip_suffix(name).map(|number| (number, *unit));
    let (number, unit) = UNITS.iter().find_map(by_unit)?;
    let seconds = number.trim().parse::<f64>().ok()? * unit;
    (0.0..=LONGEST)
        .contains(&seconds)
        .then(|| (seconds * 1e9).round() as i64)
}

/// A duration in its two largest units.
pub fn in_words(nanos: i64) -> String {
    let seconds = nanos.max(0) / 1_000_000_000;
    let parts = [
        (seconds / 86_400, "d"),
        (seconds / 3600 % 24, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let first = parts
        .iter()
        .position(|(number, _)| *number > 0)
        .unwrap_or(3);
    let said = parts[first..]
        .iter()
        .take(2)
        .filter(|(number, _)| *number > 0);
    let said: Vec<String> = said
        .map(|(number, unit)| format!("{number} {unit}"))
        .collect();
    if said.is_empty() {
        "0 s".to_owned()
    } else {
        said.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_told() {
        for (text, said) in [
            ("90 s", "1 min 30 s"),
            ("5min", "5 min"),
            ("8 h", "8 h"),
            ("1.5 d", "1 d 12 h"),
            ("0 s", "0 s"),
            ("3600.4 s", "1 h"),
        ] {
            assert_eq!(nanos(text).map(in_words).as_deref(), Some(said), "{text}");
        }
        for text in ["", "5", "five min", "-1 s", "NaN s", "99999 d", "1 week"] {
            assert_eq!(nanos(text), None, "{text}");
        }
    }
}
