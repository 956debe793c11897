// SPDX-License-Identifier: MIT OR Apache-2.0
//! Hints for names that do not exist.

/// `; did you mean 'x'?` if one of `known` is close to `name`, else the known names, else nothing.
pub(crate) fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let nearest = known
        .iter()
        .map(|candidate| (distance(name, candidate), *candidate))
        .min();
    match nearest {
        Some((distance, candidate)) if distance <= farthest(name) => {
            format!("; did you mean '{candidate}'?")
        }
        Some(_) => format!("; known: {}", known.join(", ")),
        None => String::new(),
    }
}

/// How many letters may differ for a name to be a likely slip.
fn farthest(name: &str) -> usize {
    (name.chars().count() / 3).max(1)
}

/// Edit distance, exchanged neighbours counted once (optimal string alignment), letter case aside.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().collect();
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i][j] = if i == 0 || j == 0 {
                i.max(j)
            } else {
                let replaced = table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                let edited = replaced.min(table[i - 1][j] + 1).min(table[i][j - 1] + 1);
                if exchanged {
                    edited.min(table[i - 2][j - 2] + 1)
                } else {
                    edited
                }
            };
        }
    }
    table[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, hint};

    #[test]
    fn distances() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("LOW", "low"), 0);
        assert_eq!(distance("form", "from"), 1);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn hints_at_the_nearest_or_lists_all() {
        assert_eq!(hint("lenght", ["id", "length"]), "; did you mean 'length'?");
        assert_eq!(hint("T9", ["T1", "T2"]), "; did you mean 'T1'?");
        assert_eq!(hint("north", ["low", "high"]), "; known: low, high");
        assert_eq!(hint("x", []), "");
    }
}
