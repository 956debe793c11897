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

    /// What a digit counts at every second place.
    const fn second(self, digit: u8) -> u8 {
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
        let mut digits = number.iter().filter_map(|shape| shape.digit()).peekable();
        digits.peek().is_some() && self.sum(number) == 0
    }

    /// The check digit that a number wants behind it.
    pub fn digit_for(self, number: &[Shape]) -> u8 {
        let places = number.iter().rev().filter_map(|shape| shape.digit());
        let sum: u32 = places
            .enumerate()
            .map(|(place, digit)| {
                u32::from(if place % 2 == 0 {
                    self.second(digit)
                } else {
                    digit
                })
            })
            .sum();
        ((10 - sum % 10) % 10) as u8
    }

    fn sum(self, number: &[Shape]) -> u32 {
        let places = number.iter().rev().filter_map(|shape| shape.digit());
        let sum: u32 = places
            .enumerate()
            .map(|(place, digit)| {
                u32::from(if place % 2 == 1 {
                    self.second(digit)
                } else {
                    digit
                })
            })
            .sum();
        sum % 10
    }
}
