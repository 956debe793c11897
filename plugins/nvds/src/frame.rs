// SPDX-License-Identifier: MIT OR Apache-2.0
//! The frames of a batch, with all that hangs on them.

use std::ffi::c_void;
use std::ptr::NonNull;

use gst::glib::ffi::GList;

use crate::batch::{Batch, MOST_ELEMENTS};
use crate::error::Error;
use crate::layout::{Family, FrameMeta, SensorInfo};
use crate::list::List;
use crate::object::{self, Object};
use crate::results::{self, Results};
use crate::skipped::Skipped;
use crate::tensors::Tensor;
use crate::text;

/// A source gives a batch at most this many frames (surfaces of a dewarper).
const MOST_SURFACES: usize = 4;
/// `batch-size` goes up to 1024.
pub const MOST_FRAMES: usize = 1024 * MOST_SURFACES;
/// One frame of a batch.
#[derive(Debug)]
pub struct Frame<'a> {
    batch: &'a Batch<'a>,
    raw: NonNull<c_void>,
    /// Number of the source.
    pub source_id: u32,
    /// Number of the muxer's pad.
    pub pad_index: u32,
    /// Place of the picture in the batched surface.
    pub batch_id: u32,
    /// Number of the frame at its source.
    pub number: i32,
    /// Presentation time, ns.
    pub pts: Option<u64>,
    /// Capture time, UTC ns; `None` as long as the muxer knows none.
    pub ntp_time: Option<u64>,
    /// Width and height the source gave, pixels.
    pub source_size: (u32, u32),
    /// Width and height the muxer scaled to, pixels; 0 when it did not scale.
    pub pipeline_size: (u32, u32),
    /// Whether a detector has looked at the frame.
    pub inferred: bool,
    /// The sensor id that nvmultiurisrcbin was given; from `DeepStream` 8.0.
    pub sensor_id: Option<String>,
    /// What was found, in `DeepStream`'s order.
    pub objects: Vec<Object<'a>>,
    /// Raw outputs about the whole frame.
    pub tensors: Vec<Tensor>,
    /// What [`attach`](Self::attach) put on, by whatever element.
    pub results: Vec<Results>,
}

/// The frames of a batch, and what was left out.
#[derive(Debug)]
pub struct Content<'a> {
    /// The frames, in the order of the batch.
    pub frames: Vec<Frame<'a>>,
    /// What was left out.
    pub skipped: Skipped,
}

impl Batch<'_> {
    /// The frames with everything below them; raw outputs of `components` only, because they are copied.
    ///
    /// # Errors
    /// [`Error::Corrupt`]: a list does not end or points nowhere.
    pub fn read<'a>(&'a self, components: &[u32]) -> Result<Content<'a>, Error> {
        let mut skipped = Skipped::default();
        // SAFETY: the batch is live and locked.
        let batch = unsafe { self.raw.as_ref() };
        // Every frame comes from the pool. `max_frames_in_batch` is for the muxer to set, and may be 0.
        // SAFETY: `of` has read the pool.
        let pool = unsafe { batch.frame_meta_pool.as_ref() };
        let most = pool.map_or(0, |pool| pool.max_elements_in_pool as usize);
        let most = most.min(MOST_FRAMES);
        // SAFETY: the list belongs to the live, locked batch.
        let list = unsafe { List::<u64>::new("frames", batch.frame_meta_list, most) };
        let mut frames = Vec::new();
        for raw in list {
            // SAFETY: an element of the frame list is a live frame meta, laid out as the family says.
            frames.push(unsafe { self.read_frame(raw?.cast(), components, &mut skipped) }?);
        }
        Ok(Content { frames, skipped })
    }

    /// # Safety
    /// `raw` is a live frame meta of this batch.
    unsafe fn read_frame<'a>(
        &'a self,
        raw: NonNull<c_void>,
        components: &[u32],
        skipped: &mut Skipped,
    ) -> Result<Frame<'a>, Error> {
        // SAFETY: everything before the sensor is the same in all families.
        let meta = unsafe { &*raw.cast::<FrameMeta<()>>().as_ptr() };
        // SAFETY: both lists belong to the live frame, and the batch is locked.
        let (objects, (tensors, results)) = unsafe {
            (
                self.read_objects(meta.obj_meta_list, components, skipped)?,
                self.read_user_metas(
                    "user metas of a frame",
                    meta.frame_user_meta_list,
                    components,
                    skipped,
                )?,
            )
        };
        Ok(Frame {
            batch: self,
            raw,
            source_id: meta.source_id,
            pad_index: meta.pad_index,
            batch_id: meta.batch_id,
            number: meta.frame_num,
            pts: (meta.buf_pts != u64::MAX).then_some(meta.buf_pts),
            ntp_time: Some(meta.ntp_timestamp).filter(|&time| time != 0 && time != u64::MAX),
            source_size: (meta.source_frame_width, meta.source_frame_height),
            pipeline_size: (meta.pipeline_width, meta.pipeline_height),
            inferred: meta.b_infer_done != 0,
            // SAFETY: a live frame meta of this family.
            sensor_id: unsafe { self.read_sensor(raw) },
            objects,
            tensors,
            results,
        })
    }

    /// # Safety
    /// `frame` is a live frame meta of this batch.
    unsafe fn read_sensor(&self, frame: NonNull<c_void>) -> Option<String> {
        if self.family() == Family::DeepStream6To7 {
            return None;
        }
        // SAFETY: the other families have the sensor; its texts are NULL or C strings.
        unsafe {
            text::of_pointer(
                (*frame.cast::<FrameMeta<SensorInfo>>().as_ptr())
                    .sensor_info_meta
                    .sensor_id,
            )
        }
    }

    /// # Safety
    /// `list` is a live list of object metas of this batch.
    unsafe fn read_objects<'a>(
        &'a self,
        list: *mut GList,
        components: &[u32],
        skipped: &mut Skipped,
    ) -> Result<Vec<Object<'a>>, Error> {
        let mut objects = Vec::new();
        let mut parents = Vec::new();
        // SAFETY: by the contract of this function.
        for raw in unsafe { List::<u64>::new("objects", list, MOST_ELEMENTS) } {
            // SAFETY: an element of the object list is a live object meta, laid out as the family says.
            let object = unsafe { object::read(self, raw?.cast(), components, skipped) }?;
            if let Some((object, parent)) = object {
                objects.push(object);
                parents.push(parent);
            }
        }
        let places: Vec<_> = objects.iter().map(|object| object.raw.as_ptr()).collect();
        for (object, parent) in objects.iter_mut().zip(parents) {
            if !parent.is_null() {
                object.parent = places.iter().position(|&place| place == parent);
            }
        }
        Ok(objects)
    }
}

impl Frame<'_> {
    /// Puts `results` on the frame; they travel on with it.
    pub fn attach(&self, results: Results) -> Result<(), Error> {
        let library = self.batch.library;
        // SAFETY: the batch is locked as long as `self.batch` lives, and this frame is one of its.
        unsafe {
            let meta = results::wrap(library, self.batch.raw.as_ptr(), results)?;
            (library.add_user_meta_to_frame)(self.raw.as_ptr(), meta);
        }
        Ok(())
    }
}
