// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every property that the elements list can be set to its default and read.

use gst::glib;
use roundhouse_locoposition::{LocoPosition, ReportConvert};

#[test]
fn every_listed_property_is_handled() {
    gst::init().unwrap();
    let names = kit::properties::exercise(&glib::Object::new::<LocoPosition>());
    assert_eq!(
        names,
        ["facility", "component", "flow", "display-text", "stats"]
    );
    let names = kit::properties::exercise(&glib::Object::new::<ReportConvert>());
    assert_eq!(names, ["stats"]);
}
