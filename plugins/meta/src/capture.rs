// SPDX-License-Identifier: MIT OR Apache-2.0
//! When the light hit the sensor.

use messages::Timestamp;

/// Seconds from 1900 (NTP) to 1970 (Unix).
const NTP_TO_UNIX_S: i128 = 2_208_988_800;
const SECOND: i128 = 1_000_000_000;

/// Capture time as the sender gives it: the buffer's reference timestamp, nanoseconds since 1900 (`timestamp/x-ntp`) or since 1970
/// (`timestamp/x-unix`).
#[must_use]
pub fn reference_time(buffer: &gst::BufferRef) -> Option<Timestamp> {
    buffer
        .iter_meta::<gst::ReferenceTimestampMeta>()
        .find_map(|meta| {
            let epoch = match meta.reference().structure(0)?.name().as_str() {
                "timestamp/x-ntp" => NTP_TO_UNIX_S * SECOND,
                "timestamp/x-unix" => 0,
                _ => return None,
            };
            let nanos = i128::from(meta.timestamp().nseconds()) - epoch;
            i64::try_from(nanos).ok().map(Timestamp::from_nanos)
        })
}

/// `time` after `base`.
#[must_use]
pub fn after(base: Timestamp, time: gst::ClockTime) -> Timestamp {
    base.saturating_add(i64::try_from(time.nseconds()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buffer(caps: &str, timestamp: u64) -> gst::Buffer {
        gst::init().unwrap();
        let mut buffer = gst::Buffer::new();
        gst::ReferenceTimestampMeta::add(
            buffer.get_mut().unwrap(),
            &gst::Caps::new_empty_simple(caps),
            gst::ClockTime::from_nseconds(timestamp),
            gst::ClockTime::NONE,
        );
        buffer
    }

    #[test]
    fn both_epochs_give_the_same_instant() {
        let unix = 1_772_344_803_412_000_000_u64;
        let ntp = unix + 2_208_988_800_000_000_000;
        for buffer in [
            buffer("timestamp/x-unix", unix),
            buffer("timestamp/x-ntp", ntp),
        ] {
            let time = reference_time(&buffer).unwrap();
            assert_eq!(time.to_string(), "2026-03-01T06:00:03.412Z");
        }
    }

    #[test]
    fn other_references_are_not_utc() {
        assert_eq!(
            reference_time(&buffer("timestamp/x-drivers-clock", 5)),
            None
        );
        assert_eq!(reference_time(&gst::Buffer::new()), None);
    }

    #[test]
    fn far_times_stop_at_the_end_of_the_range() {
        assert_eq!(
            after(Timestamp::from_nanos(1), gst::ClockTime::MAX).nanos(),
            i64::MAX
        );
    }
}
