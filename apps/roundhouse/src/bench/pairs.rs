// SPDX-License-Identifier: MIT OR Apache-2.0
//! Two ways in turns, so that whatever else the machine does meets both.

use crate::failure::Outcome;

/// Measures `these` and `those` so many times each; in every other pair those come first.
pub fn in_turns(
    pairs: u32,
    what: &str,
    mut these: impl FnMut() -> Outcome<f64>,
    mut those: impl FnMut() -> Outcome<f64>,
) -> Outcome<(Vec<f64>, Vec<f64>)> {
    let (mut of_these, mut of_those) = (Vec::new(), Vec::new());
    for pair in 0..pairs {
        eprintln!("bench: {what}: pair {} of {pairs}", pair + 1);
        if pair % 2 == 0 {
            of_these.push(these()?);
        }
        of_those.push(those()?);
        if pair % 2 == 1 {
            of_these.push(these()?);
        }
    }
    Ok((of_these, of_those))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn every_other_pair_has_the_other_order() {
        let order = RefCell::new(String::new());
        let note = |letter, value| {
            order.borrow_mut().push(letter);
            Ok(value)
        };
        let measured = in_turns(3, "letters", || note('a', 1.0), || note('b', 2.0)).unwrap();
        assert_eq!(measured, (vec![1.0; 3], vec![2.0; 3]));
        assert_eq!(order.into_inner(), "abbaab");
    }
}
