// SPDX-License-Identifier: MIT OR Apache-2.0
//! Percentiles of a few measurements.

/// The value that half of them do not exceed, and the one that 99 in 100 do not.
pub fn percentiles(mut values: Vec<f64>) -> [f64; 2] {
    values.sort_by(f64::total_cmp);
    [50, 99].map(|percent| {
        let rank = (values.len() * percent).div_ceil(100).saturating_sub(1);
        values.get(rank).copied().unwrap_or(f64::NAN)
    })
}

/// The value that half of them do not exceed.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let [median, _] = percentiles(values.collect());
    median
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_there() {
        let values = (1..=200).rev().map(f64::from).collect();
        assert_eq!(percentiles(values).map(|value| value as u32), [100, 198]);
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()) as u32, 2);
    }
}
