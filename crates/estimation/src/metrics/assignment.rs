// SPDX-License-Identifier: MIT OR Apache-2.0
//! The cheapest assignment of rows to columns (Hungarian method, shortest augmenting paths, O(n²m)).

/// For every row its column, so that the sum of `cost(row, column)` is least. Needs at least as many columns as rows and finite
/// costs.
pub(crate) fn assign(
    rows: usize,
    columns: usize,
    cost: impl Fn(usize, usize) -> f64,
) -> Vec<usize> {
    debug_assert!(rows <= columns);
    // Jonker & Volgenant's form with potentials; index 0 is a dummy.
    let mut row_potential = vec![0.0; rows + 1];
    let mut column_potential = vec![0.0; columns + 1];
    let mut row_of = vec![0_usize; columns + 1];
    let mut way = vec![0_usize; columns + 1];
    for row in 1..=rows {
        row_of[0] = row;
        let mut column = 0;
        let mut least = vec![f64::INFINITY; columns + 1];
        let mut used = vec![false; columns + 1];
        loop {
            used[column] = true;
            let current = row_of[column];
            let (mut delta, mut next) = (f64::INFINITY, 0);
            for j in 1..=columns {
                if used[j] {
                    continue;
                }
                let reduced =
                    cost(current - 1, j - 1) - row_potential[current] - column_potential[j];
                if reduced < least[j] {
                    least[j] = reduced;
                    way[j] = column;
                }
                if least[j] < delta {
                    delta = least[j];
                    next = j;
                }
            }
            for j in 0..=columns {
                if used[j] {
                    row_potential[row_of[j]] += delta;
                    column_potential[j] -= delta;
                } else {
                    least[j] -= delta;
                }
            }
            column = next;
            if row_of[column] == 0 {
                break;
            }
        }
        while column != 0 {
            let before = way[column];
            row_of[column] = row_of[before];
            column = before;
        }
    }
    let mut assigned = vec![0; rows];
    for column in 1..=columns {
        if row_of[column] > 0 {
            assigned[row_of[column] - 1] = column - 1;
        }
    }
    assigned
}

#[cfg(test)]
mod tests {
    use super::assign;

    fn brute(
        row: usize,
        rows: usize,
        columns: usize,
        used: u32,
        cost: &impl Fn(usize, usize) -> f64,
    ) -> f64 {
        if row == rows {
            return 0.0;
        }
        (0..columns)
            .filter(|c| used & (1 << c) == 0)
            .map(|c| cost(row, c) + brute(row + 1, rows, columns, used | (1 << c), cost))
            .fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn equals_trying_everything() {
        let mut seed = 3_u64;
        let mut draw = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 40) as f64 / f64::from(1 << 24)
        };
        for round in 0..200 {
            let rows = round % 5;
            let columns = rows + round % 3;
            let table: Vec<f64> = (0..rows * columns).map(|_| 10.0 * draw() - 3.0).collect();
            let cost = |r: usize, c: usize| table[r * columns + c];
            let found = assign(rows, columns, cost);
            let sum: f64 = found.iter().enumerate().map(|(r, &c)| cost(r, c)).sum();
            assert!((sum - brute(0, rows, columns, 0, &cost)).abs() < 1e-9);
        }
    }
}
