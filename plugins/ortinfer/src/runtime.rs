// SPDX-License-Identifier: MIT OR Apache-2.0
//! ONNX Runtime's shared library, found and loaded once per process.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use gst::glib;
use ort::environment::Environment;
use ort::logging::LogLevel;

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "onnxruntime",
        gst::DebugColorFlags::empty(),
        Some("What ONNX Runtime says of itself"),
    )
});

/// File name of the library where nothing else is said.
const LIBRARY: &str = "libonnxruntime.so";

/// Where a library was looked for, and why there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// A path, or a bare name that the system's loader looks for.
    pub path: PathBuf,
    /// What named it.
    pub origin: &'static str,
}

/// Why there is no ONNX Runtime.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// No library could be loaded.
    #[error(
        "ONNX Runtime 1.{minimum} or newer was not found: {tried}. Run scripts/setup.sh, which installs it, or name the \
         library in the property onnxruntime-library or the environment variable ORT_DYLIB_PATH"
    )]
    NotFound {
        /// Oldest minor version that will do.
        minimum: u32,
        /// What was tried and what came of it.
        tried: String,
    },
    /// The library is there but does not start.
    #[error("ONNX Runtime from {} does not start: {cause}", library.display())]
    NotStarted {
        /// The library.
        library: PathBuf,
        /// What it said.
        cause: String,
    },
}

/// ONNX Runtime, loaded.
#[derive(Debug)]
pub struct Runtime {
    /// Where it came from.
    pub library: PathBuf,
    /// Its environment; there is one per process, and it is never given back.
    pub environment: Environment,
}

/// The one runtime of this process.
static RUNTIME: Mutex<Option<Arc<Runtime>>> = Mutex::new(None);

/// The runtime of this process; loaded now if it was not before.
///
/// `wanted` is the property `onnxruntime-library`. One process has one library: who comes later gets the first one's, and
/// a sentence to warn with if it wanted another.
///
/// # Errors
/// When no library can be loaded or the library does not start.
pub fn load(wanted: Option<&Path>) -> Result<(Arc<Runtime>, Option<String>), RuntimeError> {
    let mut loaded = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(runtime) = &*loaded {
        let other = wanted
            .filter(|wanted| *wanted != runtime.library)
            .map(|wanted| {
                format!(
                    "ONNX Runtime was loaded from {} already; {} is not loaded beside it",
                    runtime.library.display(),
                    wanted.display()
                )
            });
        return Ok((runtime.clone(), other));
    }
    let runtime = Arc::new(open(&candidates(wanted, |name| std::env::var_os(name)))?);
    *loaded = Some(runtime.clone());
    Ok((runtime, None))
}

/// Where to look, in this order. What the user named is the only candidate: nothing else is loaded behind his back.
fn candidates(
    wanted: Option<&Path>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Vec<Candidate> {
    let candidate = |path: PathBuf, origin| Candidate { path, origin };
    let set = |name| {
        variable(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if let Some(path) = wanted {
        return vec![candidate(path.to_owned(), "property onnxruntime-library")];
    }
    if let Some(path) = set("ORT_DYLIB_PATH") {
        return vec![candidate(path, "environment variable ORT_DYLIB_PATH")];
    }
    let cache = set("ROUNDHOUSE_CACHE").or_else(|| {
        set("XDG_CACHE_HOME")
            .or_else(|| set("HOME").map(|home| home.join(".cache")))
            .map(|cache| cache.join("roundhouse"))
    });
    cache
        .map(|cache| {
            candidate(
                cache.join("onnxruntime/lib").join(LIBRARY),
                "cache of scripts/setup.sh",
            )
        })
        .into_iter()
        .chain([
            candidate(LIBRARY.into(), "system"),
            // Distributions keep the bare name for their development packages.
            candidate(format!("{LIBRARY}.1").into(), "system"),
        ])
        .collect()
}

/// Loads the first of these libraries that can be loaded.
fn open(candidates: &[Candidate]) -> Result<Runtime, RuntimeError> {
    let mut tried = Vec::new();
    for candidate in candidates {
        let named_by_system = candidate.path.components().count() == 1;
        let path = if named_by_system {
            candidate.path.clone()
        } else {
            // `ort` would look for a relative path beside the program, not in the folder it runs in.
            std::path::absolute(&candidate.path).unwrap_or_else(|_| candidate.path.clone())
        };
        match ort::init_from(&path) {
            Ok(builder) => {
                let environment = builder
                    .with_name("roundhouse")
                    .with_telemetry(false)
                    .with_logger(Arc::new(log))
                    .build()
                    .map_err(|cause| RuntimeError::NotStarted {
                        library: path.clone(),
                        cause: cause.to_string(),
                    })?;
                environment.set_log_level(LogLevel::Warning);
                gst::info!(CAT, "loaded {} ({})", path.display(), candidate.origin);
                return Ok(Runtime {
                    library: candidate.path.clone(),
                    environment,
                });
            }
            Err(cause) => tried.push(format!("{}: {cause}", candidate.origin)),
        }
    }
    Err(RuntimeError::NotFound {
        minimum: ort::MINOR_VERSION,
        tried: tried.join("; "),
    })
}

/// ONNX Runtime's own messages go where the pipeline's go.
fn log(level: LogLevel, category: &str, _id: &str, place: &str, text: &str) {
    let level = match level {
        LogLevel::Verbose => gst::DebugLevel::Log,
        LogLevel::Info => gst::DebugLevel::Debug,
        LogLevel::Warning => gst::DebugLevel::Info,
        LogLevel::Error | LogLevel::Fatal => gst::DebugLevel::Warning,
    };
    CAT.log(
        None::<&glib::Object>,
        level,
        glib::gstr!("onnxruntime"),
        "log",
        line!(),
        format_args!("{category}: {text} ({place})"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(wanted: Option<&str>, variables: &[(&str, &str)]) -> Vec<String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        };
        candidates(wanted.map(Path::new), variable)
            .iter()
            .map(|candidate| candidate.path.display().to_string())
            .collect()
    }

    #[test]
    fn the_property_wins_and_is_alone() {
        assert_eq!(
            places(Some("/a/ort.so"), &[("ORT_DYLIB_PATH", "/b.so")]),
            ["/a/ort.so"]
        );
    }

    #[test]
    fn the_environment_comes_next_and_is_alone() {
        assert_eq!(
            places(None, &[("ORT_DYLIB_PATH", "/b.so"), ("HOME", "/h")]),
            ["/b.so"]
        );
    }

    #[test]
    fn then_the_cache_and_the_system() {
        let system = ["libonnxruntime.so", "libonnxruntime.so.1"];
        let with = |cache: &'static str| [&[cache][..], &system].concat();
        assert_eq!(
            places(None, &[("ORT_DYLIB_PATH", ""), ("HOME", "/h")]),
            with("/h/.cache/roundhouse/onnxruntime/lib/libonnxruntime.so")
        );
        assert_eq!(
            places(None, &[("XDG_CACHE_HOME", "/x"), ("HOME", "/h")]),
            with("/x/roundhouse/onnxruntime/lib/libonnxruntime.so")
        );
        assert_eq!(
            places(None, &[("ROUNDHOUSE_CACHE", "/r"), ("HOME", "/h")]),
            with("/r/onnxruntime/lib/libonnxruntime.so")
        );
        assert_eq!(places(None, &[]), system);
    }

    #[test]
    fn a_missing_library_says_how_to_get_it() {
        let nowhere = [Candidate {
            path: "/nowhere/libonnxruntime.so".into(),
            origin: "property onnxruntime-library",
        }];
        let said = open(&nowhere).unwrap_err().to_string();
        for part in [
            "/nowhere/libonnxruntime.so",
            "scripts/setup.sh",
            "ORT_DYLIB_PATH",
        ] {
            assert!(said.contains(part), "{part} is missing in: {said}");
        }
    }
}
