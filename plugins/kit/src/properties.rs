// SPDX-License-Identifier: MIT OR Apache-2.0
//! Values and specifications of properties.
//!
//! `GObject` checks the type of a value against the property's specification before an element sees it, so reading a value
//! cannot fail in practice; these functions keep or clear the field where it would.

use std::path::{Path, PathBuf};

use gst::glib;
use gst::prelude::*;

/// The text that a string property is set to; empty if it is unset.
#[must_use]
pub fn text(value: &glib::Value) -> String {
    value
        .get::<Option<String>>()
        .ok()
        .flatten()
        .unwrap_or_default()
}

/// The path that a string property is set to; `None` if it is unset or empty.
#[must_use]
pub fn path(value: &glib::Value) -> Option<PathBuf> {
    Some(text(value))
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
}

/// The value of a string property that holds a path.
#[must_use]
pub fn path_value(path: Option<&Path>) -> glib::Value {
    path.map(|path| path.display().to_string()).to_value()
}

/// The words of a comma-separated list.
#[must_use]
pub fn list(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Sets `field` to `value`, for numbers, booleans and enums.
pub fn assign<'v, T: glib::value::FromValue<'v>>(field: &mut T, value: &'v glib::Value) {
    if let Ok(value) = value.get() {
        *field = value;
    }
}

/// The property `facility`; `describes` says what of the file the element uses, after "Path of facility.toml, which describes ".
#[must_use]
pub fn facility(describes: &str) -> glib::ParamSpec {
    glib::ParamSpecString::builder("facility")
        .nick("Facility")
        .blurb(&format!(
            "Path of facility.toml, which describes {describes}"
        ))
        .mutable_ready()
        .build()
}

/// The property `flow`: the name of the flow that an element's output belongs to.
#[must_use]
pub fn flow(default: &str) -> glib::ParamSpec {
    glib::ParamSpecString::builder("flow")
        .nick("Flow")
        .blurb("Name of the flow that is written on the output, such as prod or dev")
        .default_value(Some(default))
        .mutable_ready()
        .build()
}

/// The property `min-confidence` of an element that reports results; `results` is what it says of those below.
#[must_use]
pub fn min_confidence(default: f64, results: &str) -> glib::ParamSpec {
    glib::ParamSpecDouble::builder("min-confidence")
        .nick("Minimum confidence")
        .blurb(&format!(
            "{results} less probable than this are not reported"
        ))
        .minimum(0.0)
        .maximum(1.0)
        .default_value(default)
        .mutable_ready()
        .build()
}

/// The property `min-height` of an element that reads results about detections; `results` is what it says of those on lower ones.
#[must_use]
pub fn min_height(default: f64, results: &str) -> glib::ParamSpec {
    glib::ParamSpecDouble::builder("min-height")
        .nick("Minimum height")
        .blurb(&format!(
            "{results} whose box is lower than this are ignored, pixels of the frame"
        ))
        .minimum(0.0)
        .maximum(10_000.0)
        .default_value(default)
        .mutable_ready()
        .build()
}

/// The property `display-text`; `result` is what the text says.
#[must_use]
pub fn display_text(default: bool, result: &str) -> glib::ParamSpec {
    glib::ParamSpecBoolean::builder("display-text")
        .nick("Display text")
        .blurb(&format!(
            "Write {result} as display text of the objects of a DeepStream batch, which nvdsosd draws"
        ))
        .default_value(default)
        .mutable_ready()
        .build()
}

/// The property `stats`; `fields` lists what it counts.
#[must_use]
pub fn stats(fields: &str) -> glib::ParamSpec {
    glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
        .nick("Statistics")
        .blurb(&format!("Counters since the start: {fields}"))
        .read_only()
        .build()
}

/// Reads every property that the type of `object` itself declares, and sets those that can be written to their default;
/// returns their names.
///
/// For tests: `property` and `set_property` of an element end in `unimplemented!()`, so a name that stands in the list of
/// properties and in no arm of the match is found here.
pub fn exercise(object: &impl IsA<glib::Object>) -> Vec<String> {
    let own = object
        .list_properties()
        .into_iter()
        .filter(|property| property.owner_type() == object.type_());
    own.map(|property| {
        if property.flags().contains(glib::ParamFlags::WRITABLE) {
            object.set_property_from_value(property.name(), property.default_value());
        }
        if property.flags().contains(glib::ParamFlags::READABLE) {
            object.property_value(property.name());
        }
        property.name().to_owned()
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_path_is_none() {
        assert_eq!(path(&"".to_value()), None);
        assert_eq!(path(&None::<String>.to_value()), None);
        assert_eq!(path(&"a/b".to_value()), Some("a/b".into()));
    }

    #[test]
    fn a_path_comes_back_as_it_was_set() {
        let value = path_value(Some(Path::new("a/b")));
        assert_eq!(path(&value), Some("a/b".into()));
        assert_eq!(path(&path_value(None)), None);
    }

    #[test]
    fn a_value_of_another_type_changes_nothing() {
        let mut number = 3_u32;
        assign(&mut number, &"four".to_value());
        assert_eq!(number, 3);
        assign(&mut number, &4_u32.to_value());
        assert_eq!(number, 4);
    }
}
