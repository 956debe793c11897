// SPDX-License-Identifier: MIT OR Apache-2.0
//! Weighted interval scheduling: the best set of explanations that do not exclude each other.

use crate::fse::management::hypotheses::Hypothesis;
use crate::fse::model::parameters::OVERLAP;

/// The set of hypotheses of the greatest worth in which no two exclude each other, as indices in the order of their places.
/// Those worth nothing are left out. O(n²) for n hypotheses.
pub(crate) fn select(hypotheses: &[Hypothesis]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..hypotheses.len())
        .filter(|&h| hypotheses[h].score > 0.0)
        .collect();
    order.sort_by(|&a, &b| {
        hypotheses[a]
            .to
            .total_cmp(&hypotheses[b].to)
            .then(a.cmp(&b))
    });
    // best[i]: the best set whose last hypothesis is order[i], and the one before it.
    let mut best: Vec<(f64, Option<usize>)> = Vec::with_capacity(order.len());
    for (i, &h) in order.iter().enumerate() {
        let before = (0..i)
            .filter(|&j| hypotheses[order[j]].precedes(&hypotheses[h]))
            .max_by(|&a, &b| best[a].0.total_cmp(&best[b].0).then(b.cmp(&a)));
        let worth = before.map_or(0.0, |j| best[j].0);
        best.push((hypotheses[h].score + worth, before));
    }
    let mut chosen = Vec::new();
    let mut at = (0..order.len()).max_by(|&a, &b| best[a].0.total_cmp(&best[b].0).then(b.cmp(&a)));
    while let Some(i) = at {
        chosen.push(order[i]);
        at = best[i].1;
    }
    chosen.reverse();
    chosen
}

impl Hypothesis {
    /// Whether both can be true, this one at smaller s.
    pub(crate) fn precedes(&self, next: &Self) -> bool {
        self.to <= next.from + OVERLAP
            && !self
                .nodes
                .iter()
                .flatten()
                .any(|node| next.nodes.contains(&Some(*node)))
    }
}
