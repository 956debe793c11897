// SPDX-License-Identifier: MIT OR Apache-2.0
//! What goes wrong for a while is said when it begins and when it is over, not each time that it is tried again.

use std::fmt::Display;

/// Something that may go wrong for a while.
pub struct Trouble {
    what: &'static str,
    lasts: bool,
}

impl Trouble {
    /// Something of this name; nothing is wrong with it.
    pub const fn with(what: &'static str) -> Self {
        Self { what, lasts: false }
    }

    /// Notes how another attempt ended.
    pub fn note<T, E: Display>(&mut self, attempt: &Result<T, E>) {
        match attempt {
            Err(error) if !self.lasts => {
                eprintln!("roundhouse: {}: {error}; trying again", self.what);
            }
            Ok(_) if self.lasts => eprintln!("roundhouse: {}: goes on", self.what),
            _ => {}
        }
        self.lasts = attempt.is_err();
    }
}
