// SPDX-License-Identifier: MIT OR Apache-2.0
//! How pairs of measurements differ, and how sure that is.

/// The 97.5 % quantile of the normal distribution.
const NORMAL: f64 = 1.959_964;

/// Geometric mean of the ratios of pairs, with its 95 % interval.
#[derive(Debug, Clone, Copy)]
pub struct Ratio {
    pub mean: f64,
    pub low: f64,
    pub high: f64,
}

impl Ratio {
    /// The ratio of `these` to `those`, pair by pair: Student's t on the logarithms. Needs two pairs at least.
    pub fn of(these: &[f64], those: &[f64]) -> Self {
        let logs: Vec<f64> = these.iter().zip(those).map(|(a, b)| (a / b).ln()).collect();
        let count = logs.len() as f64;
        let mean = logs.iter().sum::<f64>() / count;
        let squares: f64 = logs.iter().map(|log| (log - mean).powi(2)).sum();
        let half = student(count - 1.0) * (squares / (count - 1.0) / count).sqrt();
        Self {
            mean: mean.exp(),
            low: (mean - half).exp(),
            high: (mean + half).exp(),
        }
    }
}

/// The 97.5 % quantile of Student's t, by the expansion about the normal distribution (Abramowitz & Stegun 26.7.5).
fn student(freedom: f64) -> f64 {
    let z = NORMAL;
    z + (z.powi(3) + z) / (4.0 * freedom)
        + (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * freedom.powi(2))
        + (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z)
            / (384.0 * freedom.powi(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantile_is_that_of_tables() {
        assert!((student(8.0) - 2.306).abs() < 0.002);
        assert!((student(30.0) - 2.042).abs() < 0.001);
    }

    #[test]
    fn equal_ratios_have_no_interval_and_different_ones_have() {
        let same = Ratio::of(&[2.0, 4.0, 8.0], &[1.0, 2.0, 4.0]);
        assert!((same.mean - 2.0).abs() < 1e-9 && (same.high - same.low).abs() < 1e-9);
        let other = Ratio::of(&[1.0, 1.1, 0.9, 1.0], &[1.0; 4]);
        assert!(other.low < 0.95 && other.high > 1.03, "{other:?}");
    }
}
