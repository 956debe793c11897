// SPDX-License-Identifier: MIT OR Apache-2.0
//! The numbers in the property `stats` of each element of a pipeline.

use std::collections::BTreeMap;

use gst::glib;
use gst::prelude::*;

/// The property that is read.
const STATS: &str = "stats";
/// How the types of our elements begin.
const OURS: &str = "Roundhouse";
/// Numbers that go down, too; every other `guint64` counts since the start.
const GAUGES: [&str; 9] = [
    "cameras",
    "discarded-cameras",
    "latency-p50",
    "latency-p99",
    "queued",
    "spool-bytes",
    "spool-oldest-s",
    "waiting",
    "waiting-bytes",
];

/// Names and values that tell series of one family from each other.
pub type Labels = Vec<(&'static str, String)>;

/// A number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// It counts since the start.
    Count(u64),
    /// It goes up and down.
    Level(f64),
}

/// Which numbers belong together: those of one field of one kind of element.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Family {
    /// Name of the element's factory.
    pub element: String,
    /// Name of the field.
    pub field: String,
}

/// All numbers, each under its labels.
pub type Samples = BTreeMap<Family, BTreeMap<Labels, Number>>;

/// Adds what the elements of a pipeline count now.
pub fn read(name: &str, pipeline: &gst::Pipeline, samples: &mut Samples) {
    let mut elements: Vec<gst::Element> = pipeline
        .iterate_recurse()
        .into_iter()
        .flatten()
        .filter(|element| element.type_().name().starts_with(OURS))
        .collect();
    elements.sort_by_key(made_up_number);
    let mut unnamed: BTreeMap<(String, String), usize> = BTreeMap::new();
    for element in elements {
        let Some(factory) = element.factory() else {
            continue;
        };
        let factory = factory.name().to_string();
        let flow = flow(&element);
        // A flow that is started again has new elements, whose made-up names would begin new series each time.
        let given = made_up_number(&element).map_or_else(
            || element.name().to_string(),
            |_| {
                let number = unnamed.entry((factory.clone(), flow.clone())).or_default();
                *number += 1;
                format!("{factory}{}", *number - 1)
            },
        );
        let labels = vec![
            ("pipeline", name.to_owned()),
            ("name", given),
            ("camera", text(&element, "camera")),
            ("flow", flow),
        ];
        if let Some(stats) = stats(&element) {
            read_structure(&factory, &stats, &labels, samples);
        }
    }
}

/// The property `stats` of an element, if it has one.
fn stats(element: &gst::Element) -> Option<gst::Structure> {
    let property = element.find_property(STATS)?;
    if property.value_type() != gst::Structure::static_type() {
        return None;
    }
    element.property::<Option<gst::Structure>>(STATS)
}

/// Adds the numbers of a structure, and those of the structures in it.
fn read_structure(
    element: &str,
    stats: &gst::StructureRef,
    labels: &Labels,
    samples: &mut Samples,
) {
    for (field, value) in stats {
        let field = field.as_str();
        let mut labels = labels.clone();
        let number = if let Ok(parts) = value.get::<gst::Array>() {
            for part in parts.iter() {
                let Ok(part) = part.get::<gst::Structure>() else {
                    continue;
                };
                if let Ok(camera) = part.get::<String>("camera") {
                    set(&mut labels, "camera", camera);
                }
                read_structure(element, &part, &labels, samples);
            }
            continue;
        } else if let Ok(count) = value.get::<u64>() {
            if GAUGES.contains(&field) {
                Number::Level(count as f64)
            } else {
                Number::Count(count)
            }
        } else if let Ok(level) = value.get::<i64>() {
            Number::Level(level as f64)
        } else if let Ok(level) = value.get::<f64>() {
            Number::Level(level)
        } else if let Ok(flag) = value.get::<bool>() {
            Number::Level(f64::from(u8::from(flag)))
        } else if let ("status", Ok(status)) = (field, value.get::<String>()) {
            labels.push(("status", status));
            Number::Level(1.0)
        } else {
            continue;
        };
        let family = Family {
            element: element.to_owned(),
            field: field.to_owned(),
        };
        samples.entry(family).or_default().insert(labels, number);
    }
}

/// Gives a label another value.
fn set(labels: &mut Labels, name: &str, value: String) {
    if let Some(label) = labels.iter_mut().find(|(label, _)| *label == name) {
        label.1 = value;
    }
}

/// The flow of an element: its own, else that of the bin around it.
fn flow(element: &gst::Element) -> String {
    let mut object = Some(element.clone().upcast::<gst::Object>());
    while let Some(current) = object {
        let flow = text(&current, "flow");
        if !flow.is_empty() {
            return flow;
        }
        object = current.parent();
    }
    String::new()
}

/// A property that is a text; empty if there is none.
fn text(object: &impl IsA<glib::Object>, name: &str) -> String {
    let is_text = object
        .find_property(name)
        .is_some_and(|property| property.value_type() == glib::Type::STRING);
    let text = is_text.then(|| object.property::<Option<String>>(name));
    text.flatten().unwrap_or_default()
}

/// The number in a name that the library has made up: its type's name and a number; `None` if a text gives the name.
fn made_up_number(element: &gst::Element) -> Option<u64> {
    let kind = element.type_().name().to_ascii_lowercase();
    element.name().strip_prefix(kind.as_str())?.parse().ok()
}
