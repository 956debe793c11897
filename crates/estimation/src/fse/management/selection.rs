// SPDX-License-Identifier: MIT OR Apache-2.0
//! Hypothesis selection: the best set of hypotheses that do not exclude each other.
//!
//! Hypotheses are intervals of the track with a weight, so this is weighted interval scheduling (Kleinberg & Tardos, 2005,
//! section 6.1), solved by its dynamic programme. What differs: intervals may overlap by an error of measurement, and two that share an end
//! exclude each other even where they do not overlap; only neighbours in the chosen order are compared, which is enough because
//! an end lies in one place. It stands for the choice of the best global hypothesis in multiple hypothesis tracking (Reid, 1979)
//! without a tree: every review starts from what is known now.

use crate::fse::management::hypotheses::Hypothesis;

/// The best set that ends with one hypothesis: its worth, and the hypothesis before.
struct Chain {
    worth: f64,
    before: Option<usize>,
}

/// The set of hypotheses of the greatest worth in which no two exclude each other, as indices in the order of their places.
/// Those worth nothing are left out. O(n²) for n hypotheses.
pub(crate) fn select(hypotheses: &[Hypothesis]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..hypotheses.len())
        .filter(|&h| hypotheses[h].score > 0.0)
        .collect();
    order.sort_by(|&a, &b| {
        hypotheses[a]
            .span
            .high
            .total_cmp(&hypotheses[b].span.high)
            .then(a.cmp(&b))
    });
    // best[i]: the best set whose last hypothesis is order[i].
    let mut best: Vec<Chain> = Vec::with_capacity(order.len());
    for (i, &h) in order.iter().enumerate() {
        let before = (0..i)
            .filter(|&j| hypotheses[order[j]].precedes(&hypotheses[h]))
            .max_by(|&a, &b| best[a].worth.total_cmp(&best[b].worth).then(b.cmp(&a)));
        let worth = before.map_or(0.0, |j| best[j].worth);
        best.push(Chain {
            worth: hypotheses[h].score + worth,
            before,
        });
    }
    let mut chosen = Vec::new();
    let mut at =
        (0..order.len()).max_by(|&a, &b| best[a].worth.total_cmp(&best[b].worth).then(b.cmp(&a)));
    while let Some(i) = at {
        chosen.push(order[i]);
        at = best[i].before;
    }
    chosen.reverse();
    chosen
}

impl Hypothesis {
    /// Whether both can be true, this one at smaller s.
    fn precedes(&self, next: &Self) -> bool {
        self.span.is_below(next.span)
            && !self
                .nodes
                .iter()
                .flatten()
                .any(|node| next.nodes.contains(&Some(*node)))
    }
}
