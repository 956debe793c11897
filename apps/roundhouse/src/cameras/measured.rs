// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the encoded pictures of a stream say about it.

use std::time::Duration;

/// One encoded picture.
#[derive(Debug, Clone, Copy)]
pub struct Picture {
    /// When it was taken, by its stream, or when it came.
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
    bytes: usize,
    /// Of all pictures, in the order in which they came.
    times: Vec<Duration>,
    /// Of key pictures.
    key_times: Vec<Duration>,
    clock: Option<i64>,
}

impl Measured {
    /// Counts a picture.
    pub fn add(&mut self, picture: &Picture) {
        self.bytes += picture.bytes;
        self.times.push(picture.time);
        if picture.is_key {
            self.key_times.push(picture.time);
        }
        self.clock = picture.clock.or(self.clock);
    }

    /// From the first to the last picture.
    pub fn length(&self) -> Duration {
        let (first, last) = (self.times.iter().min(), self.times.iter().max());
        first
            .zip(last)
            .map_or(Duration::ZERO, |(first, last)| last.saturating_sub(*first))
    }

    /// Pictures per second while there are any: a gap makes a camera no slower.
    pub fn rate(&self) -> Option<f64> {
        distance(&self.times).map(|distance| 1.0 / distance)
    }

    /// Bits per second.
    pub fn bit_rate(&self) -> Option<f64> {
        Some(self.rate()? * self.bytes as f64 * 8.0 / self.times.len() as f64)
    }

    /// Distance of key pictures, seconds; `None` if fewer than two came.
    pub fn key_distance(&self) -> Option<f64> {
        distance(&self.key_times)
    }

    /// The camera's clock minus the arrival of its last picture, seconds.
    pub fn clock(&self) -> Option<f64> {
        self.clock.map(|nanos| nanos as f64 / 1e9)
    }
}

/// The median distance of `times`, seconds, above 0.
fn distance(times: &[Duration]) -> Option<f64> {
    let mut times = times.to_vec();
    times.sort_unstable();
    let mut distances: Vec<_> = times
        .windows(2)
        .map(|pair| pair[1].saturating_sub(pair[0]))
        .collect();
    distances.sort_unstable();
    let median = distances.get(distances.len() / 2)?.as_secs_f64();
    (median > 0.0).then_some(median)
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
    fn a_gap_makes_a_camera_no_slower() {
        let measured = measured(&[0, 200, 400, 30_600, 30_800, 31_000], 2);
        assert_eq!(measured.rate(), Some(5.0));
        assert_eq!(measured.length(), Duration::from_secs(31));
    }

    #[test]
    fn one_picture_has_no_rate() {
        let measured = measured(&[40], 1);
        assert_eq!(measured.length(), Duration::ZERO);
        assert_eq!((measured.rate(), measured.key_distance()), (None, None));
        assert_eq!(measured.clock(), None);
    }
}
