// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sets of named counters.
//!
//! Whatever discards data counts it by reason. A counter that no user can read is as good as none, so [`counters!`]
//! declares the fields of a set and their list in one place: a new counter appears in the `stats` property of its element,
//! in the metrics and in the documentation without a second line of code.

/// Declares a struct of `u64` counters that starts at zero and can be listed.
///
/// Attributes and documentation of the struct and of its fields are kept; more traits can be derived. Each field is public.
/// The struct derives `Debug`, `Clone`, `Copy`, `Default`, `PartialEq` and `Eq`, can be added to another with `+=`, and gets
/// `iter(&self) -> impl Iterator<Item = (&'static str, u64)>`: name and value of every counter, in the order of their
/// declaration. Names are written as `GStreamer` writes them, with hyphens: the field `clock_ahead` is `clock-ahead`.
///
/// ```
/// counters::counters! {
///     /// What came in and what was refused.
///     pub struct Counters {
///         /// Frames that arrived.
///         frames,
///         /// Frames whose format nobody can read.
///         errors_format,
///     }
/// }
///
/// let mut counters = Counters::default();
/// counters.errors_format += 1;
/// let listed: Vec<_> = counters.iter().collect();
/// assert_eq!(listed, [("frames", 0), ("errors-format", 1)]);
///
/// let mut sum = counters;
/// sum += counters;
/// assert_eq!(sum.errors_format, 2);
/// ```
#[macro_export]
macro_rules! counters {
    (
        $(#[$attribute:meta])*
        $visibility:vis struct $name:ident {
            $( $(#[$field_attribute:meta])* $field:ident ),* $(,)?
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        $visibility struct $name {
            $( $(#[$field_attribute])* pub $field: u64, )*
        }

        impl $name {
            /// Name and value of every counter, in the order of their declaration.
            pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
                [$((
                    {
                        const NAME: [u8; stringify!($field).len()] = $crate::hyphenated(stringify!($field));
                        const { $crate::text(&NAME) }
                    },
                    self.$field,
                )),*]
                .into_iter()
            }
        }

        impl ::core::ops::AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                $( self.$field += other.$field; )*
            }
        }
    };
}

/// The bytes of a field's name, each underscore as a hyphen. For [`counters!`].
#[doc(hidden)]
#[must_use]
pub const fn hyphenated<const LENGTH: usize>(name: &str) -> [u8; LENGTH] {
    let mut bytes = [b' '; LENGTH];
    let mut index = 0;
    while index < LENGTH {
        let byte = name.as_bytes()[index];
        bytes[index] = if byte == b'_' { b'-' } else { byte };
        index += 1;
    }
    bytes
}

/// The text of `bytes`, which is a name in ASCII. For [`counters!`].
#[doc(hidden)]
#[must_use]
pub const fn text(bytes: &[u8]) -> &str {
    match core::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("the name of a counter is not ASCII"),
    }
}
