// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every property that the element lists can be set to its default and read.

use gst::glib;
use roundhouse_ortinfer::OrtInfer;

#[test]
fn every_listed_property_is_handled() {
    gst::init().unwrap();
    let names = kit::properties::exercise(&glib::Object::new::<OrtInfer>());
    assert_eq!(names.len(), 14, "{names:?}");
}
