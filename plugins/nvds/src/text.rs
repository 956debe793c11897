// SPDX-License-Identifier: MIT OR Apache-2.0
//! Texts in C memory, read no further than they can be long.

use std::ffi::c_char;

/// The longest text that is read, bytes.
const LONGEST: usize = 1024;

/// The text in `field`, up to its end mark or to the end of the field; what is no UTF-8 is replaced.
pub fn of_field(field: &[c_char]) -> String {
    let bytes: Vec<u8> = field
        .iter()
        .map(|&byte| byte as u8)
        .take_while(|&byte| byte != 0)
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The text at `text`, cut after 1024 bytes; `None` for NULL.
///
/// # Safety
/// `text` is NULL or can be read up to its end mark.
pub unsafe fn of_pointer(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    let bytes: Vec<u8> = (0..LONGEST)
        // SAFETY: reading stops at the end mark, see `take_while`.
        .map(|index| unsafe { *text.add(index) } as u8)
        .take_while(|&byte| byte != 0)
        .collect();
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::cast_possible_wrap, reason = "C's bytes may have a sign")]
    fn texts_end_at_their_mark_or_where_they_must() {
        let field =
            |bytes: &[u8]| of_field(&bytes.iter().map(|&b| b as c_char).collect::<Vec<_>>());
        assert_eq!(field(b"head\0rest"), "head");
        assert_eq!(field(b"head"), "head", "no end mark");
        assert_eq!(field(b"\xffx\0"), "\u{fffd}x", "no UTF-8");
        let long = [b'x'; 3 * LONGEST];
        // SAFETY: NULL; a constant with its end mark; more bytes than are read.
        let [null, short, cut] = unsafe {
            [
                of_pointer(std::ptr::null()),
                of_pointer(c"head".as_ptr()),
                of_pointer(long.as_ptr().cast()),
            ]
        };
        assert_eq!((null, short.as_deref()), (None, Some("head")));
        assert_eq!(cut.map(|text| text.len()), Some(LONGEST));
    }
}
