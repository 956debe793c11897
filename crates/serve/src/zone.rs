// SPDX-License-Identifier: MIT OR Apache-2.0
//! Days and hours as the people in the hall count them. A day in which the clock is put forward has 23 hours, one in which it is put
//! back has 25.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{ToSpan, Zoned};
use messages::Timestamp;
use store::Span;

/// A time zone.
#[derive(Debug, Clone)]
pub struct Zone(TimeZone);

/// A name that is no time zone, or a text that is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// No time zone.
    #[error(
        "timezone = \"{0}\" is no name of the time zone database; write one such as \"Europe/Berlin\""
    )]
    Zone(String),
    /// No time.
    #[error(
        "'{0}' is no time; write a day such as 2026-03-01, or a time such as 2026-03-01T06:00:00Z"
    )]
    Time(String),
}

/// A stretch of a day or the whole day, with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// `2026-03-01`, or `2026-03-01T06:00+01:00`.
    pub name: String,
    /// From when to when.
    pub span: Span,
}

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl Zone {
    /// The zone of this name.
    ///
    /// # Errors
    /// There is no such zone.
    pub fn named(name: &str) -> Result<Self, ZoneError> {
        TimeZone::get(name)
            .map(Self)
            .map_err(|_| ZoneError::Zone(name.to_owned()))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The local time.
    fn local(&self, time: Timestamp) -> Option<Zoned> {
        let time = jiff::Timestamp::from_nanosecond(i128::from(time.nanos())).ok()?;
        Some(time.to_zoned(self.0.clone()))
    }

    /// When a day begins.
    fn begin(&self, date: Date) -> Option<Timestamp> {
        instant(&date.to_zoned(self.0.clone()).ok()?)
    }

    /// A time as people write it: RFC 3339, or a day, which means its begin.
    ///
    /// # Errors
    /// It is neither.
    pub fn parse(&self, text: &str) -> Result<Timestamp, ZoneError> {
        let day = || self.begin(text.parse::<Date>().ok()?);
        // In an address a plus sign may have become a blank.
        let parsed = text.replace(' ', "+").parse().ok();
        parsed
            .or_else(day)
            .ok_or_else(|| ZoneError::Time(text.to_owned()))
    }

    /// When the day of `time` began.
    pub fn midnight(&self, time: Timestamp) -> Timestamp {
        self.local(time)
            .and_then(|local| self.begin(local.date()))
            .unwrap_or(time)
    }

    /// The days of a span, the first and the last cut off where the span is.
    pub fn days(&self, span: Span) -> Vec<Part> {
        let step = |at: &Zoned| {
            let next = at.date().checked_add(1.day()).ok()?;
            self.begin(next)
        };
        self.parts(span, step, |at| at.date().to_string())
    }

    /// The hours of a span, the first and the last cut off where the span is.
    pub fn hours(&self, span: Span) -> Vec<Part> {
        let step = |at: &Zoned| {
            let next = at.checked_add(1.hour()).ok()?;
            let start = next.checked_sub(i64::from(next.minute()).minutes()).ok()?;
            instant(&start.checked_sub(i64::from(next.second()).seconds()).ok()?)
        };
        self.parts(span, step, |at| {
            at.strftime("%Y-%m-%dT%H:00%:z").to_string()
        })
    }

    /// The parts of a span, each of which ends where `step` says.
    fn parts(
        &self,
        span: Span,
        step: impl Fn(&Zoned) -> Option<Timestamp>,
        name: impl Fn(&Zoned) -> String,
    ) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut from = span.from;
        while from < span.to {
            let Some(local) = self.local(from) else { break };
            let next = step(&local).filter(|next| *next > from).unwrap_or(span.to);
            let to = next.min(span.to);
            parts.push(Part {
                name: name(&local),
                span: Span { from, to },
            });
            from = to;
        }
        parts
    }
}

/// The instant of a local time.
fn instant(local: &Zoned) -> Option<Timestamp> {
    let nanos = i64::try_from(local.timestamp().as_nanosecond()).ok()?;
    Some(Timestamp::from_nanos(nanos))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
    use super::*;

    fn span(from: &str, to: &str) -> Span {
        let zone = Zone::named("Europe/Berlin").unwrap();
        Span {
            from: zone.parse(from).unwrap(),
            to: zone.parse(to).unwrap(),
        }
    }

    fn hours(span: Span) -> f64 {
        span.to.seconds_since(span.from) / 3600.0
    }

    #[test]
    fn a_day_has_as_many_hours_as_its_clocks_show() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let days = zone.days(span("2026-03-28", "2026-03-31"));
        let lengths: Vec<f64> = days.iter().map(|day| hours(day.span)).collect();
        assert_eq!(lengths, [24.0, 23.0, 24.0]);
        assert_eq!(days[1].name, "2026-03-29");
        let days = zone.days(span("2026-10-24", "2026-10-27"));
        let lengths: Vec<f64> = days.iter().map(|day| hours(day.span)).collect();
        assert_eq!(lengths, [24.0, 25.0, 24.0]);
    }

    #[test]
    fn an_hour_that_comes_twice_is_two_hours() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let day = zone.hours(span("2026-10-25", "2026-10-26"));
        assert_eq!(day.len(), 25);
        assert!(day.iter().all(|hour| (hours(hour.span) - 1.0).abs() < 1e-9));
        assert_eq!(day[2].name, "2026-10-25T02:00+02:00");
        assert_eq!(day[3].name, "2026-10-25T02:00+01:00");
        assert_eq!(zone.hours(span("2026-03-29", "2026-03-30")).len(), 23);
    }

    #[test]
    fn parts_of_days_are_cut_off() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let days = zone.days(span("2026-03-01T12:00:00Z", "2026-03-02T01:00:00Z"));
        assert_eq!(days.len(), 2);
        assert_eq!(days[0].span.to.to_string(), "2026-03-01T23:00:00Z");
        assert!(Zone::named("Europe/Nowhere").is_err());
        assert!(zone.parse("yesterday").is_err());
    }
}
