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
