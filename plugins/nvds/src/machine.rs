// SPDX-License-Identifier: MIT OR Apache-2.0
//! What of NVIDIA this machine has, for a report to its user. Nothing here is needed to work.

use std::ffi::c_int;
use std::path::{Path, PathBuf};

use libloading::os::unix::{Library as Handle, RTLD_LAZY, RTLD_LOCAL};

use crate::batch;
use crate::error::Error;
use crate::layout::Family;
use crate::library::Library;

/// A `DeepStream` that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeepStream {
    /// Its metadata library, where it really lies.
    pub library: PathBuf,
    /// Its version as its folder gives it.
    pub version: Option<String>,
    /// The layout of a batch that it makes, or why that cannot be read.
    pub layout: Result<Family, Error>,
}

/// The `DeepStream` of this machine; opens its metadata libraries, as the first batch would.
///
/// # Errors
/// [`Error::LibraryMissing`] or [`Error::FunctionMissing`].
pub fn deepstream() -> Result<DeepStream, Error> {
    let library = Library::get()?;
    let file = real_file(library);
    // SAFETY: makes a batch that is ours alone, looks at its pools, and gives it back.
    let layout = unsafe {
        let batch = (library.create_batch)(1);
        let layout = batch.as_ref().map_or(
            Err(Error::UnknownLayout {
                frame: 0,
                object: 0,
            }),
            |batch| batch::family(batch),
        );
        if !batch.is_null() {
            (library.destroy_batch)(batch);
        }
        layout
    };
    Ok(DeepStream {
        version: version(&file),
        library: file,
        layout,
    })
}

/// The version of the `DeepStream` whose library this is, as its folder gives it.
pub(crate) fn version_of(library: &Library) -> Option<String> {
    version(&real_file(library))
}

/// Where a library really lies.
fn real_file(library: &Library) -> PathBuf {
    let file = mapped(&library.file).unwrap_or_else(|| library.file.clone());
    std::fs::canonicalize(&file).unwrap_or(file)
}

/// Version of CUDA that the driver takes; `None` without a driver.
#[must_use]
pub fn cuda_driver() -> Option<String> {
    cuda(&["libcuda.so.1"], "cuDriverGetVersion")
}

/// Version of the CUDA runtime.
#[must_use]
pub fn cuda_runtime() -> Option<String> {
    let names = [
        "libcudart.so",
        "libcudart.so.13",
        "libcudart.so.12",
        "libcudart.so.11.0",
    ];
    cuda(&names, "cudaRuntimeGetVersion")
}

/// Version of `TensorRT`.
#[must_use]
pub fn tensorrt() -> Option<String> {
    let handle = first(&["libnvinfer.so.10", "libnvinfer.so.8", "libnvinfer.so"])?;
    // SAFETY: the function takes nothing and gives its version, in TensorRT 8 to 10.
    let number = unsafe {
        let function = handle.get::<unsafe extern "C" fn() -> c_int>("getInferLibVersion");
        function.ok().map(|function| function())
    };
    // Unloading a library of that size is asking for trouble.
    std::mem::forget(handle);
    number.map(tensorrt_version)
}

/// The version that a function of the first of these libraries gives.
fn cuda(names: &[&str], function: &str) -> Option<String> {
    let handle = first(names)?;
    let mut number: c_int = 0;
    // SAFETY: both functions have this signature and need no set-up; 0 is success.
    let status = unsafe {
        let function = handle.get::<unsafe extern "C" fn(*mut c_int) -> c_int>(function);
        function.ok().map(|function| function(&raw mut number))
    };
    std::mem::forget(handle);
    (status == Some(0) && number > 0).then(|| cuda_version(number))
}

/// The first of these libraries that the loader finds.
fn first(names: &[&str]) -> Option<Handle> {
    // SAFETY: NVIDIA's own libraries, as installed by the user; their initialisers ask for nothing.
    let open = |name: &&str| unsafe { Handle::open(Some(*name), RTLD_LAZY | RTLD_LOCAL) }.ok();
    names.iter().find_map(open)
}

/// 13020 is version 13.2.
fn cuda_version(number: c_int) -> String {
    format!("{}.{}", number / 1000, number % 1000 / 10)
}

/// From version 10 on two digits more.
fn tensorrt_version(number: c_int) -> String {
    let major = if number >= 100_000 { 10_000 } else { 1000 };
    format!(
        "{}.{}.{}",
        number / major,
        number % major / 100,
        number % 100
    )
}

/// Where a library that was opened by its bare name lies.
fn mapped(library: &Path) -> Option<PathBuf> {
    let name = library.file_name()?.to_str()?;
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let path = maps
        .lines()
        .filter_map(|line| line.find('/').map(|at| &line[at..]))
        .find(|path| path.ends_with(name))?;
    Some(path.into())
}

/// The version of the `DeepStream` whose library is `file`: from `deepstream-9.1` in its path, else from the file `version`.
fn version(file: &Path) -> Option<String> {
    let named = file.ancestors().find_map(|folder| {
        let name = folder.file_name()?.to_str()?;
        name.strip_prefix("deepstream-").map(str::to_owned)
    });
    named.or_else(|| {
        let text = std::fs::read_to_string(file.parent()?.parent()?.join("version")).ok()?;
        text.lines().next().map(|line| line.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(cuda_version(13_020), "13.2");
        assert_eq!(tensorrt_version(101_601), "10.16.1");
        assert_eq!(tensorrt_version(8601), "8.6.1");
        let file = Path::new("/opt/nvidia/deepstream/deepstream-9.1/lib/libnvds_meta.so");
        assert_eq!(version(file).as_deref(), Some("9.1"));
        assert_eq!(version(Path::new("/nowhere/lib/libnvds_meta.so")), None);
    }

    #[test]
    fn what_is_not_there_is_none() {
        assert!(first(&["libnothing-of-the-kind.so.1"]).is_none());
    }
}
