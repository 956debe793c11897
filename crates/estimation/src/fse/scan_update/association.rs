// SPDX-License-Identifier: MIT OR Apache-2.0
//! Association: which detection belongs to which ends end. Both are ordered along the track, and rigid bodies on rails do
//! not pass each other, so this is an alignment of two sequences.
//!
//! Solved exactly by a dynamic programme of the Needleman–Wunsch type (Needleman & Wunsch, 1970): worths of pairs, a price for
//! every ends end that stays unassigned, nothing for an unassigned detection. It is the global nearest neighbour
//! assignment of tracking with the order as a constraint, which makes it O(n·m) instead of O(n³) for the Hungarian method, and
//! excludes assignments that cross. JPDA (Fortmann, Bar-Shalom & Scheffe, 1983) would average over all assignments; here the
//! best one is taken, because two ends that average over each other's detections drift together.

/// A detection and the ends end that it is assigned to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pair {
    /// Index of the detection.
    pub(crate) detection: usize,
    /// Index of the ends end.
    pub(crate) end: usize,
    /// Nats.
    pub(crate) worth: f64,
}

/// What was assigned to what, in order along the track.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Alignment {
    pub(crate) pairs: Vec<Pair>,
}

/// The best order-preserving assignment of detections to ends ends, both sorted along the track.
///
/// `skip[k]`: worth of leaving end k unassigned (at most 0); an unassigned detection is worth 0. `worth(d, k)`: worth of
/// assigning detection d to end k, `None` if impossible. O(detections · ends).
pub(crate) fn align(
    detections: usize,
    skip: &[f64],
    worth: impl Fn(usize, usize) -> Option<f64>,
) -> Alignment {
    let ends = skip.len();
    let width = ends + 1;
    // best[d * width + k]: the best worth of the first d detections and k ends.
    let mut best = vec![0.0_f64; (detections + 1) * width];
    // Worth of the pair that this takes, if it takes one.
    let mut matched = vec![None; (detections + 1) * width];
    for d in 0..=detections {
        for k in 0..=ends {
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
                && let Some(worth) = worth(d - 1, k - 1)
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
    let (mut d, mut k) = (detections, ends);
    while d > 0 && k > 0 {
        let here = best[d * width + k];
        if let Some(worth) = matched[d * width + k] {
            alignment.pairs.push(Pair {
                detection: d - 1,
                end: k - 1,
                worth,
            });
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
    alignment.pairs.reverse();
    alignment
}

/// How far a detection is from a predicted end, and what their pair is worth.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    /// m.
    pub(crate) distance: f64,
    /// Nats.
    pub(crate) worth: f64,
}

/// Each detection with the nearest end that is free, the nearest pairs first: the assignment without the order along the track,
/// for comparison ([`Ablation::order`](crate::fse::Ablation::order)).
pub(crate) fn nearest(
    detections: usize,
    ends: usize,
    candidate: impl Fn(usize, usize) -> Option<Candidate>,
) -> Alignment {
    let mut candidates: Vec<(Candidate, usize, usize)> = (0..detections)
        .flat_map(|d| (0..ends).map(move |k| (d, k)))
        .filter_map(|(d, k)| Some((candidate(d, k)?, d, k)))
        .collect();
    candidates.sort_by(|a, b| a.0.distance.total_cmp(&b.0.distance));
    let mut alignment = Alignment::default();
    for (Candidate { worth, .. }, detection, end) in candidates {
        let free = |pair: &Pair| pair.detection != detection && pair.end != end;
        if alignment.pairs.iter().all(free) {
            alignment.pairs.push(Pair {
                detection,
                end,
                worth,
            });
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
                .pairs
                .iter()
                .map(|pair| {
                    assert_eq!(Some(pair.worth), score(pair.detection, pair.end));
                    pair.worth
                })
                .sum::<f64>()
                + (0..k)
                    .filter(|j| !found.pairs.iter().any(|pair| pair.end == *j))
                    .map(|j| skip[j])
                    .sum::<f64>();
            assert!((worth - brute(d, k, &skip, &score)).abs() < 1e-9);
            assert!(
                found
                    .pairs
                    .windows(2)
                    .all(|w| w[0].detection < w[1].detection && w[0].end < w[1].end)
            );
        }
    }
}
