// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse check`: what is wrong with a pipeline, before it plays.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::Args;
use gst::glib;
use gst::prelude::*;
use pipeline_text::{Mistake, Part, Text, Variables, nearest, parts};

use crate::failure::{Failure, Outcome};
use crate::settings::{Settings, read_pipeline};

/// Say what is wrong with a pipeline: file, line and the nearest right name.
///
/// Elements, properties and their values are looked up, also in the texts of flowbins; nothing plays. `DeepStream`'s
/// elements are looked up in a table where they are not installed.
#[derive(Args)]
pub struct Arguments {
    /// The pipeline, for instance pipelines/hall.gst.
    file: PathBuf,
    #[command(flatten)]
    settings: Settings,
}

pub fn run(arguments: &Arguments) -> Outcome {
    gst::init().map_err(|error| Failure::new(format!("GStreamer does not start: {error}")))?;
    let text = read_pipeline(&arguments.file, &arguments.settings.variables())?;
    let mut check = Check::default();
    check.text(&text);
    let file = arguments.file.display();
    if !check.mistakes.is_empty() {
        for mistake in &check.mistakes {
            eprintln!("{mistake}");
        }
        return Err(Failure::new(format!(
            "{file}: {} mistakes, see above",
            check.mistakes.len()
        )));
    }
    if check.foreign.is_empty() {
        links(&text)?;
        println!("{file}: nothing wrong, {} elements", check.elements);
    } else {
        println!(
            "{file}: nothing wrong, {} elements; not installed here and looked up in the table of DeepStream's: {}",
            check.elements,
            check.foreign.into_iter().collect::<Vec<_>>().join(", ")
        );
    }
    Ok(())
}

/// Whether the elements can be linked as the text says.
fn links(text: &Text) -> Outcome {
    gst::parse::launch(text.description())
        .map(|_| ())
        .map_err(|error| {
            let file = text.files().first().map(|file| file.display().to_string());
            Failure::new(format!("{}: {error}", file.unwrap_or_default()))
        })
}

/// What has been found so far.
#[derive(Default)]
struct Check {
    mistakes: Vec<Mistake>,
    elements: usize,
    foreign: BTreeSet<&'static str>,
}

/// What is known of an element.
enum Known {
    /// Installed here.
    Installed(gst::ElementFactory),
    /// One of `DeepStream`'s, by the table.
    Foreign(&'static nvds::elements::Element),
}

impl Check {
    fn text(&mut self, text: &Text) {
        self.description(text, 0..text.description().len());
    }

    /// A description that is `within` the one of `text`.
    fn description(&mut self, text: &Text, within: Range<usize>) {
        let description = &text.description()[within.clone()];
        let shift = |range: &Range<usize>| within.start + range.start..within.start + range.end;
        let all = parts(description);
        let names = names(description, &all);
        let mut element = None;
        for part in &all {
            match part {
                Part::Element(name) => {
                    element = self.element(text, shift(name));
                }
                Part::Property { name, value } => {
                    if let Some(known) = &element {
                        self.property(text, known, shift(name), shift(value));
                    }
                }
                Part::Reference(name) => {
                    element = None;
                    self.reference(text, shift(name), &names);
                }
            }
        }
    }

    fn element(&mut self, text: &Text, place: Range<usize>) -> Option<Known> {
        let name = &text.description()[place.clone()];
        self.elements += 1;
        if let Some(factory) = gst::ElementFactory::find(name) {
            return Some(Known::Installed(factory));
        }
        if let Some(foreign) = nvds::elements::find(name) {
            self.foreign.insert(&foreign.name);
            return Some(Known::Foreign(foreign));
        }
        let factories =
            gst::ElementFactory::factories_with_type(gst::ElementFactoryType::ANY, gst::Rank::NONE);
        let mut names: Vec<glib::GString> = factories.iter().map(GstObjectExt::name).collect();
        names.extend(nvds::elements::names().map(Into::into));
        let meant = nearest(name, names.iter().map(glib::GString::as_str));
        let remedy = meant.map_or_else(
            || "; 'roundhouse doctor' says what is missing".to_owned(),
            did_you_mean,
        );
        let sentence = format!("there is no element '{name}'{remedy}");
        self.mistakes.push(text.mistake(place, sentence));
        None
    }

    fn property(
        &mut self,
        text: &Text,
        element: &Known,
        name_at: Range<usize>,
        value_at: Range<usize>,
    ) {
        let name = &text.description()[name_at.clone()];
        let value = &text.description()[value_at.clone()];
        // A property of a pad or of what is inside, known only when it plays.
        if name.contains("::") {
            return;
        }
        let (element_name, outcome) = match element {
            Known::Installed(factory) => (factory.name(), installed_value(factory, name, value)),
            Known::Foreign(foreign) => (
                foreign.name.as_str().into(),
                foreign
                    .property(name)
                    .map(|kind| kind.check(value))
                    .ok_or_else(|| {
                        let names = foreign.properties.keys().map(String::as_str);
                        nearest(name, names).map(str::to_owned)
                    }),
            ),
        };
        match outcome {
            Ok(Ok(())) => (),
            Ok(Err(problem)) => {
                let sentence = format!("'{value}' {problem}: the value of '{name}'");
                self.mistakes.push(text.mistake(value_at.clone(), sentence));
            }
            Err(meant) => {
                let meant = meant.as_deref().map_or_else(String::new, did_you_mean);
                let sentence = format!("'{element_name}' has no property '{name}'{meant}");
                self.mistakes.push(text.mistake(name_at, sentence));
            }
        }
        if element_name == "flowbin" && name == "description" {
            self.description(text, value_at);
        } else if element_name == "flowbin" && name == "location" {
            self.flow(text, value_at);
        }
    }

    /// The text of a flow, in a file of its own.
    fn flow(&mut self, text: &Text, location: Range<usize>) {
        let file = Path::new(&text.description()[location.clone()]).to_owned();
        match pipeline_text::read(&file, &Variables::new(), &|_| None) {
            Ok(flow) => self.text(&flow),
            Err(mistake) if mistake.spot.is_none() => {
                let sentence = format!("{}: {}", file.display(), mistake.sentence);
                self.mistakes.push(text.mistake(location, sentence));
            }
            Err(mistake) => self.mistakes.push(mistake),
        }
    }

    fn reference(&mut self, text: &Text, place: Range<usize>, names: &[&str]) {
        let name = &text.description()[place.clone()];
        // Elements without a name of their own are called by their factory and a number.
        let automatic = name.ends_with(|c: char| c.is_ascii_digit());
        if names.contains(&name) || automatic {
            return;
        }
        let meant = nearest(name, names.iter().copied()).map_or_else(String::new, did_you_mean);
        let sentence = format!("no element is called '{name}'{meant}");
        self.mistakes.push(text.mistake(place, sentence));
    }
}

fn did_you_mean(name: &str) -> String {
    format!(", did you mean '{name}'?")
}

/// What elements are called by `name=`.
fn names<'a>(description: &'a str, parts: &[Part]) -> Vec<&'a str> {
    parts
        .iter()
        .filter_map(|part| match part {
            Part::Property { name, value } if &description[name.clone()] == "name" => {
                Some(&description[value.clone()])
            }
            _ => None,
        })
        .collect()
}

/// Whether a property takes `value`; without that property the nearest name, if one is near.
fn installed_value(
    factory: &gst::ElementFactory,
    name: &str,
    value: &str,
) -> Result<Result<(), String>, Option<String>> {
    // A plugin that does not load is nothing that the text could mend.
    let Ok(factory) = factory.clone().load() else {
        return Ok(Ok(()));
    };
    let class = glib::object::ObjectClass::from_type(factory.element_type());
    let Some(class) = class else {
        return Ok(Ok(()));
    };
    if let Some(property) = class.find_property(name) {
        return Ok(takes(&property, value));
    }
    let properties = class.list_properties();
    let names = properties.iter().map(glib::ParamSpec::name);
    Err(nearest(name, names).map(str::to_owned))
}

/// Whether numbers, switches and words are such; other values are for the element to judge.
fn takes(property: &glib::ParamSpec, value: &str) -> Result<(), String> {
    let kind = property.value_type();
    let numbers = [
        glib::Type::BOOL,
        glib::Type::I32,
        glib::Type::U32,
        glib::Type::I64,
        glib::Type::U64,
        glib::Type::F32,
        glib::Type::F64,
    ];
    if !numbers.contains(&kind) && !kind.is_a(glib::Type::ENUM) {
        return Ok(());
    }
    match glib::Value::deserialize(value, kind) {
        Ok(_) => Ok(()),
        Err(_) if kind.is_a(glib::Type::ENUM) => {
            let words = glib::EnumClass::with_type(kind).map_or_else(String::new, |class| {
                let words: Vec<&str> = class.values().iter().map(glib::EnumValue::nick).collect();
                words.join(", ")
            });
            Err(format!("is none of {words}"))
        }
        Err(_) => Err(format!("is no {kind}")),
    }
}
