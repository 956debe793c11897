// SPDX-License-Identifier: MIT OR Apache-2.0
//! Under which name a message is routed.

use crate::Envelope;

/// The topic of a message: `depot.<facility>.<flow>.<kind>.<about>` with `separator` for the dots (MQTT has `/`).
///
/// Each name is [`escaped`], so that no name can pass for another's place.
#[must_use]
pub fn topic(envelope: &Envelope, separator: char) -> String {
    let names = [
        "depot",
        &escaped(&envelope.facility),
        &escaped(&envelope.flow),
        envelope.kind.as_str(),
        &escaped(&envelope.about),
    ];
    names.join(separator.encode_utf8(&mut [0; 4]))
}

/// A name in the letters that every transport bears: letters, digits and `-`; each other byte is `_` and two hexadecimal digits.
#[must_use]
pub fn escaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("_{byte:02x}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_cannot_pass_for_a_pattern_or_a_place() {
        assert_eq!(escaped("north gate/#1.a"), "north_20gate_2f_231_2ea");
        assert_eq!(escaped("C1-b"), "C1-b");
    }

    proptest! {
        #[test]
        fn different_names_stay_different(one in ".{0,12}", other in ".{0,12}") {
            prop_assert_eq!(one == other, escaped(&one) == escaped(&other));
        }
    }
}
