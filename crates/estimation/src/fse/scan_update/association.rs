// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which detection is which end: both are ordered along the track, so this is an alignment, solved exactly.

/// What the alignment decided.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Alignment {
    /// (detection, slot, worth) in order.
    pub(crate) matches: Vec<(usize, usize, f64)>,
}

/// The best order-preserving matching of `detections` detections with slots, both sorted along the track.
///
/// `skip[k]`: worth of leaving slot k unmatched (at most 0); an unmatched detection is worth 0. `score(d, k)`: worth of
/// matching detection d with slot k, `None` if impossible. Dynamic programme, O(detections · slots).
pub(crate) fn align(
    detections: usize,
    skip: &[f64],
    score: impl Fn(usize, usize) -> Option<f64>,
) -> Alignment {
    let predicted = skip.len();
    let width = predicted + 1;
    // best[d * width + k]: the best worth of the first d detections and k slots.
    let mut best = vec![0.0_f64; (detections + 1) * width];
    // Worth of the match that this takes, if it takes one.
    let mut matched = vec![None; (detections + 1) * width];
    for d in 0..=detections {
        for k in 0..=predicted {
            if d == 0 && k == 0 {
                continue;
            }
            let mut top = f64::NEG_INFINITY;
            if k > 0 {
                top = best[d * width + k - 1] + skip[k - 1];
            }
            if d > 0 {
                top = top.max(best[(d - 1) * width + k]);
            }
            if d > 0
                && k > 0
                && let Some(worth) = score(d - 1, k - 1)
            {
                let total = best[(d - 1) * width + k - 1] + worth;
                if total > top {
                    top = total;
                    matched[d * width + k] = Some(worth);
                }
            }
            best[d * width + k] = top;
        }
    }
    let mut alignment = Alignment::default();
    let (mut d, mut k) = (detections, predicted);
    while d > 0 && k > 0 {
        let here = best[d * width + k];
        if let Some(worth) = matched[d * width + k] {
            alignment.matches.push((d - 1, k - 1, worth));
            d -= 1;
            k -= 1;
        } else if (here - (best[d * width + k - 1] + skip[k - 1])).abs()
            <= 1e-12 * here.abs().max(1.0)
        {
            k -= 1;
        } else {
            d -= 1;
        }
    }
    alignment.matches.reverse();
    alignment
}

/// Each detection with the nearest slot that is free, the nearest pairs first; `distance(d, k)`: distance and worth. What one gets without the order along the track.
pub(crate) fn nearest(
    detections: usize,
    predicted: usize,
    distance: impl Fn(usize, usize) -> Option<(f64, f64)>,
) -> Alignment {
    let mut pairs: Vec<((f64, f64), usize, usize)> = (0..detections)
        .flat_map(|d| (0..predicted).map(move |k| (d, k)))
        .filter_map(|(d, k)| Some((distance(d, k)?, d, k)))
        .collect();
    pairs.sort_by(|a, b| a.0.0.total_cmp(&b.0.0));
    let mut alignment = Alignment::default();
    for ((_, worth), d, k) in pairs {
        if alignment.matches.iter().all(|m| m.0 != d && m.1 != k) {
            alignment.matches.push((d, k, worth));
        }
    }
    alignment
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The best worth by trying every matching.
    fn brute(
        d: usize,
        k: usize,
        skip: &[f64],
        score: &impl Fn(usize, usize) -> Option<f64>,
    ) -> f64 {
        match (d, k) {
            (_, 0) => 0.0,
            (0, k) => skip[..k].iter().sum(),
            (d, k) => {
                let rest =
                    (brute(d, k - 1, skip, score) + skip[k - 1]).max(brute(d - 1, k, skip, score));
                score(d - 1, k - 1).map_or(rest, |s| rest.max(s + brute(d - 1, k - 1, skip, score)))
            }
        }
    }

    #[test]
    fn equals_trying_everything() {
        let mut seed = 7_u64;
        let mut draw = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as f64 / f64::from(u32::MAX >> 1)
        };
        for _ in 0..200 {
            let (d, k) = ((draw() * 5.0) as usize, (draw() * 5.0) as usize);
            let skip: Vec<f64> = (0..k).map(|_| -2.0 * draw()).collect();
            let table: Vec<Option<f64>> = (0..d * k)
                .map(|_| {
                    if draw() < 0.3 {
                        None
                    } else {
                        Some(4.0 * draw() - 2.0)
                    }
                })
                .collect();
            let score = |i: usize, j: usize| table[i * k + j];
            let found = align(d, &skip, score);
            let worth: f64 = found
                .matches
                .iter()
                .map(|&(i, j, worth)| {
                    assert_eq!(Some(worth), score(i, j));
                    worth
                })
                .sum::<f64>()
                + (0..k)
                    .filter(|j| !found.matches.iter().any(|m| m.1 == *j))
                    .map(|j| skip[j])
                    .sum::<f64>();
            assert!((worth - brute(d, k, &skip, &score)).abs() < 1e-9);
            assert!(
                found
                    .matches
                    .windows(2)
                    .all(|w| w[0].0 < w[1].0 && w[0].1 < w[1].1)
            );
        }
    }
}
