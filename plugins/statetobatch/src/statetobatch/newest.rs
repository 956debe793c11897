// SPDX-License-Identifier: MIT OR Apache-2.0
//! The newest state, and whether a batch has carried it.

use std::ffi::{CStr, CString};
use std::sync::Arc;

/// The newest state.
#[derive(Debug, Default)]
pub struct Newest {
    text: Option<Arc<CStr>>,
    carried: bool,
}

impl Newest {
    /// Takes a newer one; whether the one before is superseded, which no batch has carried.
    pub fn take(&mut self, text: Arc<CStr>) -> bool {
        let superseded = self.text.is_some() && !self.carried;
        (self.text, self.carried) = (Some(text), false);
        superseded
    }

    /// The state for the next batch: each one once, or again and again.
    pub fn next(&self, repeat: bool) -> Option<Arc<CStr>> {
        self.text.clone().filter(|_| repeat || !self.carried)
    }

    /// A batch carries `text` now.
    pub fn carried(&mut self, text: &Arc<CStr>) {
        self.carried |= self
            .text
            .as_ref()
            .is_some_and(|newest| Arc::ptr_eq(newest, text));
    }
}

/// A document as a message: without the white space around it. `None` if it cannot be one.
pub fn message(document: &[u8]) -> Option<Arc<CStr>> {
    let text = std::str::from_utf8(document).ok()?.trim();
    if text.is_empty() {
        return None;
    }
    CString::new(text).ok().map(Arc::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_state_is_carried_once_or_again_and_again() {
        let mut newest = Newest::default();
        assert_eq!(newest.next(true), None);
        let [first, second] =
            [b"{\"state\":1}\n", b"{\"state\":2}\n"].map(|it| message(it).unwrap());
        assert!(!newest.take(first.clone()));
        assert_eq!(newest.next(false), Some(first.clone()));
        newest.carried(&first);
        assert_eq!((newest.next(false), newest.next(true)), (None, Some(first)));
        assert!(!newest.take(second.clone()), "the first one was carried");
        assert!(newest.take(second), "the second one was not");
    }

    #[test]
    fn what_cannot_be_a_message_is_none() {
        for document in [&b"\n"[..], b"\xff", b"{\"a\":\"\0\"}"] {
            assert_eq!(message(document), None);
        }
    }
}
