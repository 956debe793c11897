// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tests that run in each layout family.
//!
//! A process can hold one `DeepStream` only, so each test runs in a process of its own, with the stand-in built for the
//! family's version.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use roundhouse_nvds::LIBRARY_FOLDER;

use crate::double;

/// Environment variable of the process of a test: the file that it writes when the test has passed.
const PASSED: &str = "ROUNDHOUSE_TEST_PASSED";

/// Makes each function a test of each version: `in_each_family! { deepstream_7_1 = "7.1"; (a_test, another) }`.
macro_rules! in_each_family {
    ($($module:ident = $version:literal),+; $tests:tt) => {
        $( $crate::family::in_family! { $module = $version; $tests } )+
    };
}

/// Makes each function a test of one version.
macro_rules! in_family {
    ($module:ident = $version:literal; ($($test:ident),+ $(,)?)) => {
        mod $module {
            $(
                #[test]
                fn $test() {
                    let name = concat!(stringify!($module), "::", stringify!($test));
                    $crate::family::run($version, name, super::$test);
                }
            )+
        }
    };
}

pub(crate) use {in_each_family, in_family};

/// Runs the test called `name` in a process of its own; in that process, runs `test`.
pub fn run(version: &str, name: &str, test: fn()) {
    if let Some(passed) = std::env::var_os(PASSED) {
        test();
        std::fs::write(passed, []).unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let passed = folder.path().join("passed");
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(LIBRARY_FOLDER, libraries(version))
        .env(double::TABLE, double::table(version))
        .env(PASSED, &passed)
        .output()
        .unwrap();
    let [out, errors] =
        [child.stdout, child.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    assert!(child.status.success() && passed.exists(), "{out}{errors}");
    println!("{out}");
}

/// The folder of the stand-in for `version`; it is built once in this process.
fn libraries(version: &str) -> PathBuf {
    static BUILT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(env!("CARGO_CRATE_NAME"))
        .join(format!("deepstream-{version}"));
    let mut built = BUILT.lock().unwrap();
    if built.insert(version.to_owned()) {
        double::build(version, &folder);
    }
    folder
}
