// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the encoded pictures of a stream say about it.

use std::time::Duration;

/// One encoded picture.
#[derive(Debug, Clone, Copy)]
pub struct Picture {
    /// When it is to be shown (files), or when it came (cameras).
    pub time: Duration,
    /// It can be decoded without others.
    pub is_key: bool,
    /// Its size.
    pub bytes: usize,
    /// The camera's clock minus its arrival, ns, if the camera has told its time.
    pub clock: Option<i64>,
}

/// What was measured so far.
#[derive(Debug, Default, Clone)]
pub struct Measured {
    count: u32,
    bytes: usize,
    /// The earliest and the latest time.
    span: Option<(Duration, Duration)>,
    /// Key pictures, the first and the last one's time.
    keys: u32,
    key_span: Option<(Duration, Duration)>,
    clock: Option<i64>,
}

impl Measured {
    /// Counts a picture.
    pub fn add(&mut self, picture: &Picture) {
        self.count += 1;
        self.bytes += picture.bytes;
        self.span = Some(widened(self.span, picture.time));
        if picture.is_key {
            self.keys += 1;
            self.key_span = Some(widened(self.key_span, picture.time));
        }
        self.clock = picture.clock.or(self.clock);
    }

    /// From the first to the last picture.
    pub fn length(&self) -> Duration {
        self.span
            .map_or(Duration::ZERO, |(first, last)| last - first)
    }

    /// Pictures per second.
    pub fn rate(&self) -> Option<f64> {
        let seconds = self.length().as_secs_f64();
        (self.count > 1 && seconds > 0.0).then(|| f64::from(self.count - 1) / seconds)
    }

    /// Bits per second.
    pub fn bit_rate(&self) -> Option<f64> {
        Some(self.rate()? * self.bytes as f64 * 8.0 / f64::from(self.count))
    }

    /// Mean distance of key pictures, seconds; `None` if fewer than two came.
    pub fn key_distance(&self) -> Option<f64> {
        let (first, last) = self.key_span?;
        (self.keys > 1).then(|| (last - first).as_secs_f64() / f64::from(self.keys - 1))
    }

    /// The camera's clock minus the arrival of its last picture, seconds.
    pub fn clock(&self) -> Option<f64> {
        self.clock.map(|nanos| nanos as f64 / 1e9)
    }
}

/// A span that holds `time`, too.
fn widened(span: Option<(Duration, Duration)>, time: Duration) -> (Duration, Duration) {
    span.map_or((time, time), |(first, last)| {
        (first.min(time), last.max(time))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(times: &[u64], key_every: usize) -> Measured {
        let mut measured = Measured::default();
        for (index, &time) in times.iter().enumerate() {
            measured.add(&Picture {
                time: Duration::from_millis(time),
                is_key: index % key_every == 0,
                bytes: 1000,
                clock: (index == 3).then_some(-1_500_000_000),
            });
        }
        measured
    }

    #[test]
    fn rates_and_distances() {
        // In the order of decoding: the third is shown before the second.
        let measured = measured(&[0, 400, 200, 600, 800, 1000], 5);
        assert_eq!(measured.rate(), Some(5.0));
        assert_eq!(measured.bit_rate(), Some(40_000.0));
        assert_eq!(measured.key_distance(), Some(1.0));
        assert_eq!(measured.clock(), Some(-1.5));
    }

    #[test]
    fn one_picture_has_no_rate() {
        let measured = measured(&[40], 1);
        assert_eq!(measured.length(), Duration::ZERO);
        assert_eq!((measured.rate(), measured.key_distance()), (None, None));
        assert_eq!(measured.clock(), None);
    }
}
