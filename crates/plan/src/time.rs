// SPDX-License-Identifier: MIT OR Apache-2.0
//! Times as a plan writes them: in the hall's own time zone, unless they say another.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use messages::Timestamp;

/// Which end of a day a day alone means.
#[derive(Debug, Clone, Copy)]
pub enum End {
    /// Its begin.
    Begin,
    /// Its end.
    End,
}

/// The time zone of this name; UTC without a name, or with one that is none (which the reader of facility files says).
pub fn zone(name: Option<&str>) -> TimeZone {
    name.and_then(|name| TimeZone::get(name).ok())
        .unwrap_or(TimeZone::UTC)
}

/// A time as people write it: `2026-03-01 06:00`, `2026-03-01T06:00+01:00`, or a day.
pub fn parse(text: &str, zone: &TimeZone, end: End) -> Result<Timestamp, String> {
    let instant = |nanos: i128| i64::try_from(nanos).ok().map(Timestamp::from_nanos);
    let absolute = || instant(text.parse::<jiff::Timestamp>().ok()?.as_nanosecond());
    let day = || {
        let date = text.parse::<Date>().ok()?;
        let date = match end {
            End::Begin => date,
            End::End => date.checked_add(1.day()).ok()?,
        };
        instant(
            date.to_zoned(zone.clone())
                .ok()?
                .timestamp()
                .as_nanosecond(),
        )
    };
    let local = || {
        let local = text.parse::<DateTime>().ok()?;
        instant(
            local
                .to_zoned(zone.clone())
                .ok()?
                .timestamp()
                .as_nanosecond(),
        )
    };
    // A day is a local time, too, so it is tried first.
    absolute().or_else(day_if(text, day)).or_else(local).ok_or_else(|| {
        format!("is '{text}', expected a time such as 2026-03-01 06:00 (the hall's clock), 2026-03-01T06:00Z, or a day")
    })
}

/// `day`, if the text has no time of day.
fn day_if<T>(text: &str, day: impl FnOnce() -> Option<T>) -> impl FnOnce() -> Option<T> {
    let alone = !text.contains(':');
    move || if alone { day() } else { None }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
    use super::*;

    #[test]
    fn times_are_those_of_the_hall_unless_they_say_another() {
        let berlin = zone(Some("Europe/Berlin"));
        for (text, end, expected) in [
            ("2026-03-01 06:00", End::Begin, "2026-03-01T05:00:00Z"),
            ("2026-03-01T06:00:30", End::End, "2026-03-01T05:00:30Z"),
            ("2026-03-01T06:00Z", End::Begin, "2026-03-01T06:00:00Z"),
            ("2026-03-01T06:00+03:00", End::Begin, "2026-03-01T03:00:00Z"),
            ("2026-07-01", End::Begin, "2026-06-30T22:00:00Z"),
            ("2026-07-01", End::End, "2026-07-01T22:00:00Z"),
        ] {
            let time = parse(text, &berlin, end).unwrap();
            assert_eq!(time.to_string(), expected, "{text}");
        }
        assert!(
            parse("tomorrow", &berlin, End::Begin)
                .unwrap_err()
                .contains("'tomorrow'")
        );
        assert!(parse("", &berlin, End::Begin).is_err());
    }
}
