// SPDX-License-Identifier: MIT OR Apache-2.0
//! Walking a list that another library made: never further than it can be long.

use std::marker::PhantomData;
use std::ptr::NonNull;

use gst::glib::ffi::GList;

use crate::error::Error;

/// The elements of a `GList` of `T`; ends after the first error.
pub struct List<T> {
    name: &'static str,
    next: *mut GList,
    longest: usize,
    seen: usize,
    element: PhantomData<T>,
}

impl<T> List<T> {
    /// A walk over at most `longest` elements from `head`; one more is an error.
    ///
    /// # Safety
    /// `head` is NULL or the first link of a list that nobody changes as long as this walk goes on, and whose
    /// non-NULL, aligned links can be read.
    pub unsafe fn new(name: &'static str, head: *mut GList, longest: usize) -> Self {
        Self {
            name,
            next: head,
            longest,
            seen: 0,
            element: PhantomData,
        }
    }

    /// The next element, or why there can be none.
    fn step(&mut self) -> Result<NonNull<T>, String> {
        let link = self.next;
        if self.seen == self.longest {
            return Err(format!(
                "it goes on after {} elements, the most it can have",
                self.longest
            ));
        }
        if !link.is_aligned() {
            return Err(format!("element {} has a misaligned link", self.seen));
        }
        // SAFETY: not NULL (see `next`), aligned, and a link of the list by the contract of `new`.
        let GList { data, next, .. } = unsafe { *link };
        let element = NonNull::new(data.cast::<T>())
            .filter(|element| element.as_ptr().is_aligned())
            .ok_or_else(|| format!("element {} points nowhere", self.seen))?;
        self.seen += 1;
        self.next = next;
        Ok(element)
    }
}

impl<T> Iterator for List<T> {
    type Item = Result<NonNull<T>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next.is_null() {
            return None;
        }
        let element = self.step().map_err(|reason| Error::Corrupt {
            list: self.name,
            reason,
        });
        if element.is_err() {
            self.next = std::ptr::null_mut();
        }
        Some(element)
    }
}
