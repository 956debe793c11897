// SPDX-License-Identifier: MIT OR Apache-2.0
//! Dependencies between the crates of the workspace point down only.
//!
//! From the top: `apps`, the plugin that registers all elements, the elements, the kit, frame metadata, `DeepStream`'s world,
//! and `crates`, which know no `GStreamer`. What only tests need does not count.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// A package of the workspace.
struct Package {
    /// Its folder below the workspace's, such as `plugins/kit`.
    folder: String,
    /// Names of the packages that it is built from.
    dependencies: Vec<String>,
}

/// The packages of the workspace by name.
fn packages() -> BTreeMap<String, Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{output:?}");
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let root = Path::new(metadata["workspace_root"].as_str().unwrap());
    let package = |package: &Value| {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        let folder = manifest.parent().unwrap().strip_prefix(root).unwrap();
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let package_of = |dependency: &Value| dependency["name"].as_str().unwrap().to_owned();
        let built_from = dependencies
            .filter(|dependency| dependency["kind"] != "dev")
            .map(package_of);
        Package {
            folder: folder.to_str().unwrap().to_owned(),
            dependencies: built_from.collect(),
        }
    };
    let listed = metadata["packages"].as_array().unwrap().iter();
    listed
        .map(|listed| (listed["name"].as_str().unwrap().to_owned(), package(listed)))
        .collect()
}

/// How high a package stands; it may depend on lower ones only.
fn level(folder: &str) -> u32 {
    match folder {
        "plugins/nvds" => 1,
        "plugins/meta" => 2,
        "plugins/kit" => 3,
        "plugins/roundhouse" => 5,
        folder if folder.starts_with("crates/") => 0,
        folder if folder.starts_with("plugins/") => 4,
        _ => 6,
    }
}

#[test]
fn no_element_depends_on_another_and_dependencies_point_down() {
    let packages = packages();
    assert!(packages.len() > 15, "the workspace has been read");
    let mut wrong = Vec::new();
    for package in packages.values() {
        for dependency in &package.dependencies {
            let Some(dependency) = packages.get(dependency) else {
                continue;
            };
            let (above, below) = (level(&package.folder), level(&dependency.folder));
            // Crates depend on each other; cargo itself refuses a ring.
            if above <= below && (above, below) != (0, 0) {
                wrong.push(format!("{} -> {}", package.folder, dependency.folder));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn crates_know_no_gstreamer() {
    let knows = |name: &String| name.starts_with("gstreamer") || name.starts_with("glib");
    let packages = packages();
    let crates = packages
        .values()
        .filter(|package| level(&package.folder) == 0);
    let wrong: Vec<_> = crates
        .filter(|package| package.dependencies.iter().any(knows))
        .map(|package| package.folder.as_str())
        .collect();
    assert_eq!(wrong, [""; 0]);
}
