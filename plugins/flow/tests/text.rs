// SPDX-License-Identifier: MIT OR Apache-2.0
//! The text of a flow in a file: variables, comments, include, and what is said of a broken one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use gst::prelude::*;
use support::{Play, Site, at};

fn flow(site: &Site, variables: &str) -> Play {
    Play::start(&format!(
        "t. ! flowbin name=dev flow=dev leaky=no restart-delay=60000000000 {variables} location={} ! fakesink name=out-dev sync=false",
        site.path("dev.gst")
    ))
}

#[test]
fn variables_and_included_files_fill_the_text() {
    let site = Site::new();
    std::fs::write(
        site.path("dev.gst"),
        "# dev\nfsefuse facility=${where}/facility.toml # the hall\ninclude window.inc\n",
    )
    .unwrap();
    std::fs::write(site.path("window.inc"), "  window=${window:-0}\n").unwrap();
    let folder = site.path("");
    let play = flow(
        &site,
        &format!("variables=\"v,where=(string)\\\"{folder}\\\"\""),
    );
    play.wait("dev", "started");
    play.feed(0..10);
    assert!(!at(&play.end(), "out-dev").is_empty());
}

#[test]
fn a_missing_value_is_named_with_its_place() {
    let site = Site::new();
    std::fs::write(
        site.path("dev.gst"),
        "# dev\nfsefuse facility=${where}/facility.toml\n",
    )
    .unwrap();
    let play = flow(&site, "");
    let reason = play.wait("dev", "failed");
    assert!(
        reason.contains("dev.gst:2:18:") && reason.contains("'where'"),
        "{reason}"
    );
    assert!(!reason.contains('\n'), "{reason}");
    // Mended: the next text plays.
    let variables = gst::Structure::builder("v")
        .field("where", site.path(""))
        .build();
    let dev = play.flow("dev");
    dev.set_property("variables", Some(variables));
    assert!(dev.emit_by_name::<bool>("reload", &[]));
    play.wait("dev", "reloaded");
    play.feed(0..10);
    assert!(!at(&play.end(), "out-dev").is_empty());
}

#[test]
fn every_property_that_is_listed_can_be_read_and_written() {
    support::init();
    let dev = gst::ElementFactory::make("flowbin").build().unwrap();
    let names = kit::properties::exercise(&dev);
    assert_eq!(names.len(), 13, "{names:?}");
}
