// SPDX-License-Identifier: MIT OR Apache-2.0
//! Hints for names that do not exist.

use names::nearest;

/// `; did you mean 'x'?` if one of `known` is close to `name`, else the known names, else nothing.
pub fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(name, known.iter().copied()) {
        Some(meant) => format!("; did you mean '{meant}'?"),
        None if known.is_empty() => String::new(),
        None => format!("; known: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::hint;

    #[test]
    fn hints_at_the_nearest_or_lists_all() {
        assert_eq!(hint("lenght", ["id", "length"]), "; did you mean 'length'?");
        assert_eq!(hint("T9", ["T1", "T2"]), "; did you mean 'T1'?");
        assert_eq!(hint("north", ["low", "high"]), "; known: low, high");
        assert_eq!(hint("x", []), "");
    }
}
