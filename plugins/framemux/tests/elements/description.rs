// SPDX-License-Identifier: MIT OR Apache-2.0
//! What `gst-inspect-1.0` shows.

use gst::prelude::*;

use crate::camera::init;

#[test]
fn every_property_is_described_and_has_its_default() {
    init();
    for name in ["framemux", "framedemux"] {
        let element = gst::ElementFactory::make(name).build().unwrap();
        for property in element.list_properties() {
            assert!(!property.nick().is_empty(), "{name} {}", property.name());
            assert!(property.blurb().is_some(), "{name} {}", property.name());
            let simple = property.flags().contains(gst::glib::ParamFlags::READABLE)
                && !["name", "parent", "stats"].contains(&property.name());
            if simple {
                let value = element.property_value(property.name());
                let default = property.default_value();
                assert_eq!(
                    format!("{value:?}"),
                    format!("{default:?}"),
                    "{}",
                    property.name()
                );
            }
        }
    }
}

#[test]
fn start_time_is_text() {
    init();
    let mux = gst::ElementFactory::make("framemux")
        .property("start-time", "2026-03-01T06:00:00Z")
        .build()
        .unwrap();
    assert_eq!(mux.property::<String>("start-time"), "2026-03-01T06:00:00Z");
}
