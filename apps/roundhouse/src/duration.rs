// SPDX-License-Identifier: MIT OR Apache-2.0
//! Times on the command line: `1s`, `500ms`, `2min`.

/// Units, the longest names first.
const UNITS: [(&str, f64); 4] = [("min", 60e9), ("ms", 1e6), ("s", 1e9), ("h", 3600e9)];

/// A time of at least 1 ms, ns.
pub fn parse_duration(text: &str) -> Result<i64, String> {
    let refused = || format!("'{text}' is no time of at least 1ms, such as 1s or 500ms");
    let (number, unit) = UNITS
        .iter()
        .find_map(|(name, unit)| text.strip_suffix(name).map(|number| (number, unit)))
        .ok_or_else(refused)?;
    let nanos = number.trim().parse::<f64>().map_err(|_| refused())? * unit;
    if (1e6..1e18).contains(&nanos) {
        Ok(nanos.round() as i64)
    } else {
        Err(refused())
    }
}

#[cfg(test)]
mod tests {
    use super::parse_duration;

    #[test]
    fn reads_units() {
        assert_eq!(parse_duration("1s"), Ok(1_000_000_000));
        assert_eq!(parse_duration("500ms"), Ok(500_000_000));
        assert_eq!(parse_duration("0.2 s"), Ok(200_000_000));
        assert_eq!(parse_duration("2min"), Ok(120_000_000_000));
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in ["", "1", "s", "-1s", "NaNs", "0s", "1 day", "infs"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
