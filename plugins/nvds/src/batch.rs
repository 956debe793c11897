// SPDX-License-Identifier: MIT OR Apache-2.0
//! The batch on a buffer, locked, and its frames.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::ptr::NonNull;

use gst::glib::ffi::GList;

use crate::error::Error;
use crate::layout::{BatchMeta, Family, FrameMeta, MetaPool, SensorInfo, TENSOR_META, UserMeta};
use crate::library::Library;
use crate::list::List;
use crate::object::{self, Object};
use crate::results::{self, Results};
use crate::tensors::{self, Tensor};
use crate::text;

/// A source gives a batch at most this many frames (surfaces of a dewarper).
const MOST_SURFACES: usize = 4;
/// `batch-size` goes up to 1024.
pub const MOST_FRAMES: usize = 1024 * MOST_SURFACES;
/// Most objects of a frame and most user metas of anything: more is taken for a corrupt list.
pub const MOST_ELEMENTS: usize = 1 << 16;

/// What was left out of a batch because its values are impossible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Skipped {
    /// Objects whose box or confidence is no number, or whose box is empty.
    pub objects: u64,
    /// Labels whose probability is no number.
    pub labels: u64,
    /// Tensors without values on the host, with an impossible shape or an integer type.
    pub tensors: u64,
}

/// The metadata of `DeepStream` on a buffer. Its lock is held as long as this lives: no slow work meanwhile.
#[derive(Debug)]
pub struct Batch<'b> {
    pub(crate) library: &'static Library,
    pub(crate) raw: NonNull<BatchMeta>,
    family: Family,
    buffer: PhantomData<&'b gst::BufferRef>,
}

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
pub struct Looks<'a> {
    /// The frames, in the order of the batch.
    pub frames: Vec<Frame<'a>>,
    /// What was left out.
    pub skipped: Skipped,
}

impl<'b> Batch<'b> {
    /// The batch on `buffer`, locked; `None` when it carries none.
    ///
    /// # Errors
    /// `DeepStream`'s libraries cannot be opened, or the batch has an unknown layout. Without a batch on the buffer
    /// neither is looked at.
    pub fn of(buffer: &'b gst::BufferRef) -> Result<Option<Self>, Error> {
        let carries = buffer
            .iter_meta::<gst::Meta>()
            .any(|meta| meta.api().name() == "NvDsMetaAPI");
        if !carries {
            return Ok(None);
        }
        let library = Library::get()?;
        // SAFETY: the buffer lives; the function only reads it.
        let raw = unsafe { (library.batch_of_buffer)(buffer.as_ptr().cast_mut()) };
        let Some(raw) = NonNull::new(raw) else {
            return Ok(None);
        };
        // SAFETY: the library says that this is a batch meta; its pools are fixed when it is made.
        let family = unsafe { family(raw.as_ref()) }?;
        // SAFETY: a live batch meta; given back in `drop`, on this very thread, as a `Batch` is not `Send`.
        unsafe { (library.acquire_lock)(raw.as_ptr()) };
        Ok(Some(Self {
            library,
            raw,
            family,
            buffer: PhantomData,
        }))
    }

    /// The layout family.
    #[must_use]
    pub fn family(&self) -> Family {
        self.family
    }

    /// The frames with everything below them; raw outputs of `components` only, because they are copied.
    ///
    /// # Errors
    /// [`Error::Corrupt`]: a list does not end or points nowhere.
    pub fn looks<'a>(&'a self, components: &[u32]) -> Result<Looks<'a>, Error> {
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
        Ok(Looks { frames, skipped })
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
        if self.family == Family::DeepStream6To7 {
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

    /// The tensors of `components` and our own results in a list of user metas.
    ///
    /// # Safety
    /// `list` is a live list of user metas of this batch.
    pub(crate) unsafe fn read_user_metas(
        &self,
        name: &'static str,
        list: *mut GList,
        components: &[u32],
        skipped: &mut Skipped,
    ) -> Result<(Vec<Tensor>, Vec<Results>), Error> {
        let (mut found, mut ours) = (Vec::new(), Vec::new());
        // SAFETY: by the contract of this function.
        for meta in unsafe { List::<UserMeta>::new(name, list, MOST_ELEMENTS) } {
            let meta = meta?;
            // SAFETY: an element of the list is a live user meta, and its type says what its payload is.
            unsafe {
                ours.extend(results::unwrap(self.library, meta));
                let meta = meta.as_ref();
                if meta.base_meta.meta_type != TENSOR_META {
                    continue;
                }
                let Some(payload) = NonNull::new(meta.user_meta_data) else {
                    skipped.tensors += 1;
                    continue;
                };
                if components.contains(&payload.cast::<u32>().read()) {
                    found.extend(tensors::read(payload, skipped));
                }
            }
        }
        Ok((found, ours))
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        // SAFETY: this thread took the lock in `of`, and the buffer still keeps the batch alive.
        unsafe { (self.library.release_lock)(self.raw.as_ptr()) };
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

/// The family of a batch, by the sizes of the elements in its pools.
///
/// # Safety
/// The pools of `batch` are NULL or live.
pub unsafe fn family(batch: &BatchMeta) -> Result<Family, Error> {
    // SAFETY: by the contract of this function.
    let size =
        |pool: *mut MetaPool| unsafe { pool.as_ref() }.map_or(0, |pool| pool.element_size as usize);
    let (frame, object) = (size(batch.frame_meta_pool), size(batch.obj_meta_pool));
    Family::of_sizes(frame, object).ok_or(Error::UnknownLayout { frame, object })
}
