// SPDX-License-Identifier: MIT OR Apache-2.0
//! The plugin that GStreamer loads: every Roundhouse element in one shared object.
//!
//! One shared object, because two that link the same crate with `GType`s abort the process that loads both.

#![allow(
    missing_docs,
    reason = "what plugin_define makes is for GStreamer's loader alone"
)]

/// Registers every element.
fn plugin_init(plugin: &gst::Plugin) -> Result<(), gst::glib::BoolError> {
    buslink::register(plugin)?;
    camerasrc::register(plugin)?;
    framemux::register(plugin)?;
    ortinfer::register(plugin)?;
    locoposition::register(plugin)?;
    locomodel::register(plugin)?;
    platereader::register(plugin)?;
    fsefuse::register(plugin)?;
    flow::register(plugin)?;
    flowcompare::register(plugin)?;
    jsonlsink::register(plugin)?;
    statetobatch::register(plugin)
}

gst::plugin_define!(
    roundhouse,
    env!("CARGO_PKG_DESCRIPTION"),
    plugin_init,
    concat!(env!("CARGO_PKG_VERSION"), "-", env!("COMMIT_ID")),
    "MIT/X11",
    "roundhouse",
    "gst-plugin-roundhouse",
    "https://roundhouse.example",
    env!("BUILD_REL_DATE")
);
