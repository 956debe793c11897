// SPDX-License-Identifier: MIT OR Apache-2.0
//! Hints for names that do not exist.

/// ` (did you mean 'x'?)` if one of `known` is close to `name`, else the known names, else nothing.
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

/// Levenshtein distance, letter case aside.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.to_lowercase().chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, hint};

    #[test]
    fn distances() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("LOW", "low"), 0);
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
