// SPDX-License-Identifier: MIT OR Apache-2.0
//! Raw outputs that nvinfer attached.

use std::ffi::c_void;
use std::ptr::NonNull;

use half::f16;

use crate::layout::{InferLayerInfo, InferTensorMeta, MAX_DIMS};
use crate::skipped::Skipped;
use crate::text;

/// Most outputs of a network, and most values of one output: more is taken for a mistake.
const MOST_LAYERS: u32 = 64;
const MOST_VALUES: usize = 1 << 24;

/// How `DeepStream` stores the values of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataType {
    /// 32 bit floating point.
    Float,
    /// 16 bit floating point.
    Half,
}

impl DataType {
    /// The type of the number that `NvDsInferDataType` gives it; none for integers.
    fn of(number: i32) -> Option<Self> {
        match number {
            0 => Some(Self::Float),
            1 => Some(Self::Half),
            _ => None,
        }
    }
}

/// One raw output of a network, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// `gie-unique-id` of the component that made it.
    pub component: u32,
    /// Name of the network's output.
    pub name: String,
    /// Size of each dimension, without the batch.
    pub shape: Vec<usize>,
    /// How it was stored; `data` is always converted.
    pub data_type: DataType,
    /// Values, `shape`'s product of them.
    pub data: Vec<f32>,
}

/// The outputs in `meta`; what has no values on the host, no possible shape or an integer type is counted.
///
/// # Safety
/// `meta` is a live tensor meta whose non-NULL arrays have the lengths it gives.
pub unsafe fn read(meta: NonNull<c_void>, skipped: &mut Skipped) -> Vec<Tensor> {
    // SAFETY: the fields up to `maintain_aspect_ratio` are the same in all versions.
    let meta = unsafe { meta.cast::<InferTensorMeta<()>>().as_ref() };
    let absent = meta.output_layers_info.is_null() || meta.out_buf_ptrs_host.is_null();
    if absent || meta.num_output_layers > MOST_LAYERS {
        skipped.tensors += 1;
        return Vec::new();
    }
    let mut tensors = Vec::new();
    for index in 0..meta.num_output_layers as usize {
        // SAFETY: both arrays have `num_output_layers` elements by the contract of this function.
        let tensor = unsafe {
            let layer = &*meta.output_layers_info.add(index);
            tensor(meta.unique_id, layer, *meta.out_buf_ptrs_host.add(index))
        };
        skipped.tensors += u64::from(tensor.is_none());
        tensors.extend(tensor);
    }
    tensors
}

/// # Safety
/// The layer's name is NULL or a C string, and `values` is NULL or has as many values as the layer's shape says.
unsafe fn tensor(component: u32, layer: &InferLayerInfo, values: *mut c_void) -> Option<Tensor> {
    let dims = &layer.infer_dims;
    let count = dims.num_dims as usize;
    if values.is_null() || count == 0 || count > MAX_DIMS {
        return None;
    }
    let shape: Vec<usize> = dims.d[..count].iter().map(|&size| size as usize).collect();
    let total = shape
        .iter()
        .try_fold(1_usize, |total, &size| total.checked_mul(size))
        .filter(|total| (1..=MOST_VALUES).contains(total))?;
    let data_type = DataType::of(layer.data_type)?;
    // SAFETY: `total` values lie there by the contract of this function; they need not be aligned.
    let data = (0..total).map(|index| unsafe {
        match data_type {
            DataType::Float => values.cast::<f32>().add(index).read_unaligned(),
            DataType::Half => {
                f16::from_bits(values.cast::<u16>().add(index).read_unaligned()).to_f32()
            }
        }
    });
    Some(Tensor {
        component,
        // SAFETY: NULL or a C string by the contract of this function.
        name: unsafe { text::of_pointer(layer.layer_name) }.unwrap_or_default(),
        shape,
        data_type,
        data: data.collect(),
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::c_int;
    use std::ptr;

    use super::*;
    use crate::layout::{InferDims, InferNetworkInfo};

    /// What `read` makes of one output of type `data_type` with `dims`, and how much it skipped.
    fn read_one(data_type: c_int, dims: &[u32], values: *mut c_void) -> (Vec<Tensor>, u64) {
        let mut d = [0; MAX_DIMS];
        for (to, from) in d.iter_mut().zip(dims) {
            *to = *from;
        }
        let mut layer = InferLayerInfo {
            data_type,
            infer_dims: InferDims {
                num_dims: dims.len() as u32,
                d,
                num_elements: 0,
            },
            binding_index: 0,
            layer_name: c"out".as_ptr(),
            buffer: ptr::null_mut(),
            is_input: 0,
        };
        let mut host = values;
        let mut meta = InferTensorMeta {
            unique_id: 3,
            num_output_layers: 1,
            output_layers_info: &raw mut layer,
            out_buf_ptrs_host: &raw mut host,
            out_buf_ptrs_dev: ptr::null_mut(),
            gpu_id: 0,
            priv_data: ptr::null_mut(),
            network_info: InferNetworkInfo {
                width: 0,
                height: 0,
                channels: 0,
            },
            maintain_aspect_ratio: 0,
            symmetric_padding: (),
        };
        let mut skipped = Skipped::default();
        // SAFETY: the arrays have one element; the values are as many as the possible shapes below say.
        let tensors = unsafe { read(NonNull::from(&mut meta).cast(), &mut skipped) };
        (tensors, skipped.tensors)
    }

    #[test]
    fn floats_and_halves_are_read() {
        let mut floats = [1.0_f32, 2.5];
        let mut halves = [f16::from_f32(1.0), f16::from_f32(2.5)];
        for (kind, values) in [(0, (&raw mut floats).cast()), (1, (&raw mut halves).cast())] {
            let (tensors, skipped) = read_one(kind, &[1, 2], values);
            assert_eq!((skipped, tensors[0].component), (0, 3));
            assert_eq!(
                (tensors[0].name.as_str(), &tensors[0].shape[..]),
                ("out", &[1, 2][..])
            );
            assert_eq!(tensors[0].data, [1.0, 2.5]);
        }
    }

    #[test]
    fn impossible_tensors_are_counted() {
        let mut floats = [1.0_f32];
        let values = (&raw mut floats).cast();
        let cases: [(c_int, &[u32], *mut c_void); 6] = [
            (0, &[], values),
            (0, &[1; 9], values),
            (0, &[0], values),
            (0, &[u32::MAX; 8], values),
            (2, &[1], values),
            (0, &[1], ptr::null_mut()),
        ];
        for (kind, dims, values) in cases {
            assert_eq!(read_one(kind, dims, values), (vec![], 1), "{kind} {dims:?}");
        }
    }
}
