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
fn every_property_that_is_listed_can_be_read_and_set() {
    init();
    for name in ["framemux", "framedemux"] {
        let element = gst::ElementFactory::make(name).build().unwrap();
        assert!(!kit::properties::exercise(&element).is_empty(), "{name}");
    }
    let mux = gst::ElementFactory::make("framemux").build().unwrap();
    let pad = mux.request_pad_simple("sink_%u").unwrap();
    assert_eq!(kit::properties::exercise(&pad), ["camera", "stats"]);
}

#[test]
fn the_start_time_of_recordings_is_text() {
    init();
    let mux = gst::ElementFactory::make("framemux")
        .property("utc-start-time", "2026-03-01T06:00:00Z")
        .build()
        .unwrap();
    assert_eq!(
        mux.property::<String>("utc-start-time"),
        "2026-03-01T06:00:00Z"
    );
}

#[test]
fn the_base_class_keeps_its_own_start_time() {
    init();
    let mux = gst::ElementFactory::make("framemux").build().unwrap();
    mux.set_property("start-time", 5_u64);
    assert_eq!(mux.property::<u64>("start-time"), 5);
    let owner = mux.find_property("start-time").unwrap().owner_type();
    assert_eq!(owner.name(), "GstAggregator");
    assert_eq!(
        mux.property::<String>("utc-start-time"),
        "1970-01-01T00:00:00Z"
    );
}

#[test]
fn the_stats_of_a_pad_hold_every_counter() {
    init();
    let mux = gst::ElementFactory::make("framemux").build().unwrap();
    let pad = mux.request_pad_simple("sink_%u").unwrap();
    let stats = pad.property::<gst::Structure>("stats");
    let fields: Vec<_> = stats.fields().map(ToString::to_string).collect();
    let blurb = pad
        .find_property("stats")
        .unwrap()
        .blurb()
        .unwrap()
        .to_owned();
    for field in fields {
        assert!(blurb.contains(&field), "{field} is not in: {blurb}");
    }
}
