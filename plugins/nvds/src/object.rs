// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a detector found, with what hangs on it.

use std::ffi::c_void;
use std::ptr::NonNull;

use gst::glib::ffi::{g_free, g_strndup};

use crate::batch::Batch;
use crate::error::Error;
use crate::layout::{ClassifierMeta, ColorParams, LabelInfo, ObjectMeta, UNTRACKED};
use crate::list::List;
use crate::results::{self, Results};
use crate::skipped::Skipped;
use crate::tensors::Tensor;
use crate::text;

/// Most classifiers of an object and most labels of a classifier: more is taken for a corrupt list.
pub const MOST_LABELS: usize = 1024;

/// One answer of a classifier.
#[derive(Debug, Clone, PartialEq)]
pub struct Classification {
    /// `gie-unique-id` of the classifier.
    pub component: i32,
    /// Which of the classifier's outputs answered.
    pub output: u32,
    /// Index of the answer.
    pub class_id: u32,
    /// Text of the answer.
    pub label: String,
    /// Probability.
    pub confidence: f32,
}

/// One object, in pixels of the batched frame. All numbers are finite, width and height are positive.
#[derive(Debug)]
pub struct Object<'a> {
    pub(crate) batch: &'a Batch<'a>,
    pub(crate) raw: NonNull<c_void>,
    /// `gie-unique-id` of the detector.
    pub component: i32,
    /// Class index.
    pub class_id: i32,
    /// Class name; may be empty.
    pub label: String,
    /// Probability; negative when a tracker alone made the object.
    pub confidence: f32,
    /// Identity given by a tracker.
    pub tracker_id: Option<u64>,
    /// Left edge, pixels.
    pub left: f32,
    /// Top edge, pixels.
    pub top: f32,
    /// Width, pixels.
    pub width: f32,
    /// Height, pixels.
    pub height: f32,
    /// Index in the frame's list of the object it was found inside of.
    pub parent: Option<usize>,
    /// What classifiers said of it.
    pub classifications: Vec<Classification>,
    /// Raw outputs about it.
    pub tensors: Vec<Tensor>,
    /// What [`attach`](Self::attach) put on, by whatever element.
    pub results: Vec<Results>,
}

impl Object<'_> {
    /// Puts `results` on the object; they travel on with it.
    pub fn attach(&self, results: Results) -> Result<(), Error> {
        let library = self.batch.library;
        // SAFETY: the batch is locked as long as `self.batch` lives, and this object is one of its.
        unsafe {
            let meta = results::wrap(library, self.batch.raw.as_ptr(), results)?;
            (library.add_user_meta_to_object)(self.raw.as_ptr(), meta);
        }
        Ok(())
    }

    /// Adds `words` to what `nvdsosd` draws at the object, unless they are there already.
    ///
    /// An object without a text gets nvinfer's look: white on black, above the box.
    pub fn show(&self, words: &str) {
        // SAFETY: the batch is locked as long as `self.batch` lives, and this is a live object of its family.
        let params = unsafe { &mut *object_field!(self.batch.family(), self.raw, text_params) };
        // SAFETY: NULL or a C string that belongs to the object.
        let shown = unsafe { text::of_pointer(params.display_text) }.unwrap_or_default();
        let shown = shown.trim_end();
        if shown.contains(words) {
            return;
        }
        let all = if shown.is_empty() {
            words.to_owned()
        } else {
            format!("{shown} {words}")
        };
        // SAFETY: `all` has so many bytes; DeepStream allocates and frees this text by GLib.
        unsafe {
            let copy = g_strndup(all.as_ptr().cast(), all.len());
            g_free(std::mem::replace(&mut params.display_text, copy).cast());
        }
        if params.font_params.font_name.is_null() {
            // Never freed: a constant.
            params.font_params.font_name = c"Serif".as_ptr().cast_mut();
            params.font_params.font_size = FONT_SIZE;
            params.font_params.font_color = colour(1.0);
            (params.set_bg_clr, params.text_bg_clr) = (1, colour(0.0));
            params.x_offset = self.left.max(0.0) as u32;
            params.y_offset = (self.top - TEXT_HEIGHT).max(0.0) as u32;
        }
    }
}

/// nvinfer's size of letters, and how far above the box it writes, pixels.
const FONT_SIZE: u32 = 11;
const TEXT_HEIGHT: f32 = 10.0;

/// An opaque grey, from black 0 to white 1.
fn colour(grey: f64) -> ColorParams {
    ColorParams {
        red: grey,
        green: grey,
        blue: grey,
        alpha: 1.0,
    }
}

/// The field of an object meta of `family`; place, not value.
macro_rules! object_field {
    ($family:expr, $object:expr, $field:ident) => {
        if $family == $crate::layout::Family::DeepStream9 {
            &raw mut (*$object.as_ptr().cast::<$crate::layout::ObjectMeta<f32>>()).$field
        } else {
            &raw mut (*$object.as_ptr().cast::<$crate::layout::ObjectMeta<()>>()).$field
        }
    };
}
pub(crate) use object_field;

/// An object and the pointer to its parent; `None` (counted) when its box is none.
///
/// # Safety
/// `raw` is an object meta of `batch`, live and laid out as its family says, with lists and texts that are live too.
pub unsafe fn read<'a>(
    batch: &'a Batch<'a>,
    raw: NonNull<c_void>,
    components: &[u32],
    skipped: &mut Skipped,
) -> Result<Option<(Object<'a>, *mut c_void)>, Error> {
    let family = batch.family();
    // Everything up to the colours of the rectangle is the same in all families.
    let head = raw.cast::<ObjectMeta<()>>().as_ptr();
    // SAFETY: the places are fields of a live object meta of this family.
    let (rect, label, classifiers, users) = unsafe {
        (
            &(*head).rect_params,
            *object_field!(family, raw, obj_label),
            *object_field!(family, raw, classifier_meta_list),
            *object_field!(family, raw, obj_user_meta_list),
        )
    };
    // SAFETY: as above.
    let (component, class_id, id, confidence, parent) = unsafe {
        let head = &*head;
        (
            head.unique_component_id,
            head.class_id,
            head.object_id,
            head.confidence,
            head.parent,
        )
    };
    let numbers = [rect.left, rect.top, rect.width, rect.height, confidence];
    if numbers.iter().any(|number| !number.is_finite()) || rect.width <= 0.0 || rect.height <= 0.0 {
        skipped.objects += 1;
        return Ok(None);
    }
    // SAFETY: both lists belong to the live object, and the batch is locked.
    let (classifications, (tensors, results)) = unsafe {
        (
            read_classifications(classifiers, skipped)?,
            batch.read_user_metas("user metas of an object", users, components, skipped)?,
        )
    };
    let object = Object {
        batch,
        raw,
        component,
        class_id,
        label: text::of_field(&label),
        confidence,
        tracker_id: (id != UNTRACKED).then_some(id),
        left: rect.left,
        top: rect.top,
        width: rect.width,
        height: rect.height,
        parent: None,
        classifications,
        tensors,
        results,
    };
    Ok(Some((object, parent)))
}

/// # Safety
/// `list` is a live list of classifier metas that nobody changes meanwhile.
unsafe fn read_classifications(
    list: *mut gst::glib::ffi::GList,
    skipped: &mut Skipped,
) -> Result<Vec<Classification>, Error> {
    let mut all = Vec::new();
    // SAFETY: by the contract of this function.
    for classifier in unsafe { List::<ClassifierMeta>::new("classifier metas", list, MOST_LABELS) }
    {
        // SAFETY: an element of the live list.
        let classifier = unsafe { classifier?.as_ref() };
        // SAFETY: the list belongs to the live classifier meta.
        let labels =
            unsafe { List::<LabelInfo>::new("labels", classifier.label_info_list, MOST_LABELS) };
        for label in labels {
            // SAFETY: an element of the live list.
            let label = unsafe { label?.as_ref() };
            if !label.result_prob.is_finite() {
                skipped.labels += 1;
                continue;
            }
            // SAFETY: NULL or a C string that belongs to the label.
            let long = unsafe { text::of_pointer(label.p_result_label) };
            all.push(Classification {
                component: classifier.unique_component_id,
                output: label.label_id,
                class_id: label.result_class_id,
                label: long.unwrap_or_else(|| text::of_field(&label.result_label)),
                confidence: label.result_prob,
            });
        }
    }
    Ok(all)
}
