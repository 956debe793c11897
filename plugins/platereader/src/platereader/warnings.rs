// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element's warnings; each names the remedy.

use std::io;

use plates::TensorError;

/// A network's tensor does not fit its alphabet.
pub fn bad_tensor(camera: &str, component: u32, error: &TensorError) -> String {
    format!(
        "Camera '{camera}', component {component}: {error}; such outputs are dropped and counted in stats as errors-tensor"
    )
}

/// A crop could not be written.
pub fn crops_stopped(error: &io::Error) -> String {
    format!(
        "debug-crops: {error}; no more crops are kept. Free space on the disk, or set debug-crops to a folder that can be \
         written"
    )
}
