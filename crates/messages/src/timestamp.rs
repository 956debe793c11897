// SPDX-License-Identifier: MIT OR Apache-2.0
//! Instants in UTC.

use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An instant: UTC nanoseconds since 1970-01-01T00:00:00Z, from 1677 to 2262.
///
/// Written as RFC 3339 with `Z` and without trailing zeros in the fraction: `2026-03-01T06:00:03.412Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The last instant there is.
    pub const MAX: Self = Self(i64::MAX);

    /// UTC now, by the clock of this machine. What estimates never asks it: recordings bring their own time.
    #[must_use]
    pub fn now() -> Self {
        let since_1970 = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self(i64::try_from(since_1970.as_nanos()).unwrap_or(i64::MAX))
    }

    /// The instant `nanos` nanoseconds after 1970.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since 1970.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// The instant `nanos` later; stops at the end of the range.
    #[must_use]
    pub const fn saturating_add(self, nanos: i64) -> Self {
        Self(self.0.saturating_add(nanos))
    }

    /// The instant `nanos` earlier; stops at the end of the range.
    #[must_use]
    pub const fn saturating_sub(self, nanos: i64) -> Self {
        Self(self.0.saturating_sub(nanos))
    }

    /// The first whole multiple of `interval` nanoseconds since 1970 that is not before this instant; stops at the end of
    /// the range. For the first one after it, add a nanosecond before.
    ///
    /// ```
    /// use roundhouse_messages::Timestamp;
    ///
    /// let next = |nanos| Timestamp::from_nanos(nanos).next_multiple_of(10).nanos();
    /// assert_eq!([next(20), next(21), next(-1), next(i64::MAX)], [20, 30, 0, i64::MAX]);
    /// ```
    ///
    /// # Panics
    /// If `interval` is zero.
    #[must_use]
    pub const fn next_multiple_of(self, interval: i64) -> Self {
        let past = self.0.rem_euclid(interval);
        if past == 0 {
            self
        } else {
            self.saturating_add(interval - past)
        }
    }

    /// Nanoseconds from `earlier` to `self`, negative if it is later; stops at the end of the range.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Seconds from `earlier` to `self`.
    pub fn seconds_since(self, earlier: Self) -> f64 {
        self.since(earlier) as f64 * 1e-9
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0))
            .map_err(|_| fmt::Error)?;
        f.write_str(&instant.format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

/// A text that is no RFC 3339 instant in the range of [`Timestamp`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not an RFC 3339 time such as 2026-03-01T06:00:03.412Z")]
pub struct TimestampError(String);

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        OffsetDateTime::parse(text, &Rfc3339)
            .ok()
            .and_then(|instant| i64::try_from(instant.unix_timestamp_nanos()).ok())
            .map(Self)
            .ok_or_else(|| TimestampError(text.to_owned()))
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_no_trailing_zeros() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2026-03-01T06:00:03.412Z",
            "2026-03-01T06:00:03.000000001Z",
            "2026-03-01T06:00:03.4Z",
            "1969-12-31T23:59:59.5Z",
        ] {
            assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn reads_offsets_and_zeros() {
        let with_offset: Timestamp = "2026-03-01T07:00:03.400+01:00".parse().unwrap();
        assert_eq!(with_offset.to_string(), "2026-03-01T06:00:03.4Z");
    }

    #[test]
    fn whole_range_survives() {
        for nanos in [i64::MIN, -1, 0, 1, i64::MAX] {
            let instant = Timestamp::from_nanos(nanos);
            assert_eq!(instant.to_string().parse(), Ok(instant));
        }
    }

    #[test]
    fn refuses_what_is_no_instant() {
        for text in [
            "",
            "yesterday",
            "2026-03-01",
            "2026-03-01T06:00:03",
            "9999-01-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn arithmetic_stops_at_the_ends() {
        assert_eq!(
            Timestamp::from_nanos(i64::MAX).saturating_add(1).nanos(),
            i64::MAX
        );
        assert_eq!(
            Timestamp::from_nanos(i64::MIN).saturating_sub(1).nanos(),
            i64::MIN
        );
        assert_eq!(Timestamp::from_nanos(5).since(Timestamp::from_nanos(7)), -2);
    }
}
