// SPDX-License-Identifier: MIT OR Apache-2.0
//! Check digits. Both rules in use weigh digits 1, k, 1, k ... from the right, the check digit first, and want a multiple of 10.

use crate::Shape;

/// A rule that ties the last digit of a number to the others. Letters have no part in it.
///
/// A check digit is evidence, not proof: one random misreading in ten passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// UIC, European vehicle numbers, CIS: every second digit counts twice, and of two-digit products the digits' sum.
    Luhn,
    /// Indian wagons: every second digit counts three times.
    Ir11,
}

impl Check {
    /// The rule's names in `facility.toml`.
    pub const NAMES: [&str; 2] = ["luhn", "ir11"];

    /// The rule of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "luhn" => Some(Self::Luhn),
            "ir11" => Some(Self::Ir11),
            _ => None,
        }
    }

    /// What a digit counts at a place, modulo 10. Places count digits from the right; the check digit is at place 0.
    pub(crate) const fn counts(self, digit: u8, place: usize) -> u8 {
        if place.is_multiple_of(2) {
            return digit;
        }
        match self {
            Self::Luhn => {
                let twice = 2 * digit;
                twice / 10 + twice % 10
            }
            Self::Ir11 => 3 * digit % 10,
        }
    }

    /// Whether the digits of a number obey the rule. A number without digits does not.
    pub fn holds(self, number: &[Shape]) -> bool {
        number.iter().any(|shape| shape.digit().is_some()) && self.sum(number, 0) == 0
    }

    /// The check digit that a number wants behind it.
    pub fn digit_for(self, number: &[Shape]) -> u8 {
        (10 - self.sum(number, 1)) % 10
    }

    /// Sum over a number whose last digit stands at this place, modulo 10.
    fn sum(self, number: &[Shape], last: usize) -> u8 {
        let digits = number.iter().rev().filter_map(|shape| shape.digit());
        digits.zip(last..).fold(0, |sum, (digit, place)| {
            (sum + self.counts(digit, place)) % 10
        })
    }
}
