// SPDX-License-Identifier: MIT OR Apache-2.0
//! Messages for `nvmsgconv`: user metas of a frame that it writes into its payload as they are.

use std::ffi::{CStr, c_int, c_uint, c_void};
use std::ptr::{self, NonNull};
use std::sync::Arc;

use crate::batch::Batch;
use crate::error::Error;
use crate::frame::MOST_FRAMES;
use crate::layout::{Family, UserMeta};
use crate::library::Library;
use crate::list::List;
use crate::machine;

/// `NvDsCustomMsgInfo`: a message and its length.
#[repr(C)]
struct CustomMsgInfo {
    message: *const c_void,
    size: c_uint,
}

/// A message in the memory of this crate; its beginning is what `DeepStream` reads. Copies share the text.
#[repr(C)]
struct Message {
    info: CustomMsgInfo,
    text: Arc<CStr>,
}

impl Message {
    /// A message that whoever has the pointer owns.
    fn leak(text: Arc<CStr>) -> *mut c_void {
        let info = CustomMsgInfo {
            message: text.as_ptr().cast(),
            // Longer ones are refused in `attach_message`.
            size: text.count_bytes() as c_uint,
        };
        Box::into_raw(Box::new(Self { info, text })).cast()
    }
}

impl Batch<'_> {
    /// Puts `text` on the first frame of the batch; whether there is one. `nvmsgconv` with `msg2p-newapi=true` writes it into the
    /// list `customMessage` of the payload that it makes of this frame.
    ///
    /// # Errors
    /// The list of frames is corrupt, the text too long, or the batch has no user metas left.
    pub fn attach_message(&self, text: &Arc<CStr>) -> Result<bool, Error> {
        let length = text.count_bytes();
        if u32::try_from(length).is_err() {
            return Err(Error::MessageTooLong { length });
        }
        // SAFETY: the batch is live and locked, and the list is its own.
        let mut frames =
            unsafe { List::<u64>::new("frames", self.raw.as_ref().frame_meta_list, MOST_FRAMES) };
        let Some(frame) = frames.next() else {
            return Ok(false);
        };
        let frame: NonNull<c_void> = frame?.cast();
        // SAFETY: the batch is live and locked; the pool gives the meta to us alone. A used one still has its old fields: all are set.
        unsafe {
            let meta = NonNull::new((self.library.acquire_user_meta)(self.raw.as_ptr()))
                .ok_or(Error::PoolEmpty { meta: "user" })?
                .as_ptr();
            (*meta).base_meta.meta_type = message_type(self.family(), self.library);
            (*meta).base_meta.u_context = ptr::null_mut();
            (*meta).base_meta.copy_func = Some(copy);
            (*meta).base_meta.release_func = Some(release);
            (*meta).user_meta_data = Message::leak(Arc::clone(text));
            (self.library.add_user_meta_to_frame)(frame.as_ptr(), meta);
        }
        Ok(true)
    }
}

/// Value of `NVDS_CUSTOM_MSG_BLOB`, which has moved as others were put before it. A version that cannot be told has that of 6.4: it
/// means nothing in older ones.
fn message_type(family: Family, library: &Library) -> c_int {
    match family {
        Family::DeepStream8 | Family::DeepStream9 => 29,
        Family::DeepStream6To7 => match machine::version_of(library).as_deref() {
            Some(version) if version.starts_with("6.2") => 20,
            Some(version) if version.starts_with("6.3") => 22,
            _ => 28,
        },
    }
}

/// `copy_func` of our messages: the copy shares the text.
unsafe extern "C" fn copy(data: *mut c_void, _: *mut c_void) -> *mut c_void {
    // SAFETY: DeepStream calls this with a live user meta that `attach_message` or this function filled.
    let message = unsafe {
        (*data.cast::<UserMeta>())
            .user_meta_data
            .cast::<Message>()
            .as_ref()
    };
    message.map_or(ptr::null_mut(), |message| {
        Message::leak(Arc::clone(&message.text))
    })
}

/// `release_func` of our messages.
unsafe extern "C" fn release(data: *mut c_void, _: *mut c_void) {
    // SAFETY: DeepStream calls this once per user meta that `attach_message` or `copy` filled; the pointer is taken out.
    unsafe {
        let meta = &mut *data.cast::<UserMeta>();
        let message =
            std::mem::replace(&mut meta.user_meta_data, ptr::null_mut()).cast::<Message>();
        if !message.is_null() {
            drop(Box::from_raw(message));
        }
    }
}
