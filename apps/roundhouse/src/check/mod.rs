// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse check`: what is wrong with a pipeline, before it plays.

mod cameras;
mod detectors;
mod element;
mod files;
mod findings;
mod graph;
mod links;
mod readers;
mod recordings;
mod refused;
mod stream;
mod suggestion;

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::Args;
use facility::Facility;
use pipeline_text::{Mistake, Part, Text, Variables, environment, parts};

use crate::failure::{Failure, Outcome};
use crate::settings::{Settings, read_pipeline};
use element::Known;
use graph::{Ends, Graph, Place};
use recordings::Shaped;

/// Check a pipeline without playing it; each mistake is reported with file, line and the nearest valid name.
///
/// Checks that elements, properties and pads exist, that values are valid, that links are possible, that no pad is left
/// open and that files exist, also in the pipelines that flowbin elements play. Where `DeepStream` is not installed, its
/// elements are checked against a table, and files are not looked for. Of files that are there, it says which are no video, do
/// not suit their decoder or the shape that their camera is calibrated for, which labels of a detector locoposition does not
/// know, and which begin with a byte order mark; of pads, which have one camera. Warns if the plate readers of the pipeline do
/// not suit the numbering of the facility.
#[derive(Args)]
pub struct Arguments {
    /// Pipeline to check, for instance pipelines/hall.gst.
    file: PathBuf,
    #[command(flatten)]
    settings: Settings,
}

/// Checks a pipeline and prints what is wrong with it.
pub fn run(arguments: &Arguments) -> Outcome {
    gst::init().map_err(|error| Failure::new(format!("GStreamer does not start: {error}")))?;
    let variables = arguments.settings.variables();
    let text = read_pipeline(&arguments.file, &variables)?;
    let mut check = Check {
        variables,
        ..Check::default()
    };
    let ends = check.description(&text, 0..text.description().len(), Place::Pipeline);
    check.shapes();
    if check.foreign.is_empty() {
        check.mistakes.append(&mut check.missing);
        if check.mistakes.is_empty() {
            check.mistakes.extend(refused::by_gstreamer(&text));
        }
    }
    without_repetitions(&mut check.mistakes);
    without_repetitions(&mut check.warnings);
    let file = arguments.file.display();
    if !check.mistakes.is_empty() {
        for mistake in &check.mistakes {
            eprintln!("{mistake}");
        }
        let count = match check.mistakes.len() {
            1 => "1 mistake".to_owned(),
            count => format!("{count} mistakes"),
        };
        return Err(Failure::new(format!("{file}: {count}, see above")));
    }
    let open = match ends {
        Ends::Closed => "",
        Ends::Flow => "; open at its input: for flowbin to play",
        Ends::Part => "; open at its output: for others to include",
    };
    let foreign = if check.foreign.is_empty() {
        String::new()
    } else {
        let names: Vec<_> = check.foreign.into_iter().collect();
        format!(
            "; not installed here and looked up in the table of DeepStream's: {}",
            names.join(", ")
        )
    };
    for warning in &check.warnings {
        eprintln!("warning: {warning}");
    }
    println!(
        "{file}: nothing wrong, {} elements{open}{foreign}",
        check.elements
    );
    Ok(())
}

/// Leaves each mistake once: a block that is repeated for each camera repeats its mistakes.
fn without_repetitions(mistakes: &mut Vec<Mistake>) {
    let mut seen: Vec<Mistake> = Vec::new();
    mistakes.retain(|mistake| {
        let is_new = !seen.contains(mistake);
        if is_new {
            seen.push(mistake.clone());
        }
        is_new
    });
}

/// What has been found so far.
#[derive(Default)]
struct Check {
    /// What was set, for the texts of flows.
    variables: Variables,
    mistakes: Vec<Mistake>,
    /// What plays, but hardly as meant.
    warnings: Vec<Mistake>,
    /// Files that are not here: mistakes, unless the pipeline is for another machine.
    missing: Vec<Mistake>,
    /// Recordings whose shape is known.
    recordings: Vec<Shaped>,
    /// The facility files of position estimators.
    facilities: BTreeSet<PathBuf>,
    elements: usize,
    foreign: BTreeSet<&'static str>,
}

impl Check {
    /// A description that is `within` the one of `text`.
    fn description(&mut self, text: &Text, within: Range<usize>, place: Place) -> Ends {
        let before = self.mistakes.len();
        let all: Vec<Part> = parts(&text.description()[within.clone()])
            .into_iter()
            .map(|part| moved(part, within.start))
            .collect();
        self.warnings.extend(readers::warnings(text, &all));
        let mut graph = Graph::default();
        for part in all {
            match &part {
                Part::Element(name) => {
                    let known = self.element(text, name.clone());
                    graph.element(name.clone(), known);
                }
                Part::Property { name, value } => {
                    if &text.description()[name.clone()] == "name" {
                        graph.name(text.description()[value.clone()].to_owned());
                    }
                    graph.set(name.clone(), value.clone());
                    if let Some(known) = graph.last_known() {
                        self.property(text, &known, name.clone(), value.clone());
                    }
                }
                Part::NoValue(word) => self.no_value(text, word.clone()),
                Part::Reference { name, pad } => graph.reference(name.clone(), pad.clone()),
                Part::Link(at) => graph.link(at.clone()),
                Part::Caps(caps) => graph.caps(caps.clone()),
                Part::Other(_) => graph.give_up(),
            }
        }
        self.mistakes.extend(graph.resolve(text));
        self.mistakes.extend(links::mistakes(&graph, text));
        self.cameras(&graph, text);
        // What stays open after another mistake is most likely its consequence.
        if self.mistakes.len() > before {
            return Ends::Closed;
        }
        graph.ends(text, place).unwrap_or_else(|mistakes| {
            self.mistakes.extend(mistakes);
            Ends::Closed
        })
    }

    /// Checks what feeds the cameras, and whether their detectors are understood.
    fn cameras(&mut self, graph: &Graph, text: &Text) {
        self.mistakes.extend(cameras::mistakes(graph, text));
        let findings = detectors::findings(graph, text);
        self.mistakes.extend(findings.mistakes);
        self.warnings.extend(findings.warnings);
        let (mistakes, shaped) = recordings::findings(graph, text);
        self.mistakes.extend(mistakes);
        self.recordings.extend(shaped);
        let estimators = graph
            .nodes
            .iter()
            .filter(|node| node.factory(text) == "locoposition");
        let files = estimators.filter_map(|node| node.setting("facility", text));
        self.facilities
            .extend(files.map(|file| file.value(text).into()));
    }

    /// Compares the shapes of recordings with those that their cameras are calibrated for.
    fn shapes(&mut self) {
        for file in &self.facilities {
            // What is wrong with the file itself is said when the pipeline is made.
            let Ok(facility) = Facility::load(file) else {
                continue;
            };
            let misfits = self.recordings.iter();
            self.mistakes
                .extend(misfits.filter_map(|recording| recording.misfit(&facility)));
        }
    }

    /// Looks an element up by its name.
    fn element(&mut self, text: &Text, place: Range<usize>) -> Option<Known> {
        self.elements += 1;
        match Known::find(&text.description()[place.clone()]) {
            Ok(known) => {
                if let Known::Foreign(foreign) = &known {
                    self.foreign.insert(&foreign.name);
                }
                Some(known)
            }
            Err(sentence) => {
                self.mistakes.push(text.mistake(place, sentence));
                None
            }
        }
    }

    /// A property without a value is a mistake.
    fn no_value(&mut self, text: &Text, word: Range<usize>) {
        let name = &text.description()[word.start..word.end - 1];
        let sentence = format!(
            "'{name}' has no value, the next word would be taken for it: write {name}=\"\" for an empty one, also around a variable"
        );
        self.mistakes.push(text.mistake(word, sentence));
    }

    /// Checks a property and its value, and the text of the flow that it may name.
    fn property(
        &mut self,
        text: &Text,
        element: &Known,
        name_at: Range<usize>,
        value_at: Range<usize>,
    ) {
        let name = &text.description()[name_at.clone()];
        let value = &text.description()[value_at.clone()];
        match element.value(name, value) {
            Ok(Ok(())) => (),
            Ok(Err(problem)) => {
                let sentence = format!("'{value}' {problem}: the value of '{name}'");
                self.mistakes.push(text.mistake(value_at.clone(), sentence));
            }
            Err(sentence) => self.mistakes.push(text.mistake(name_at, sentence)),
        }
        let factory = element.factory();
        if let Err(sentence) = files::look(&factory, name, value) {
            self.missing.push(text.mistake(value_at.clone(), sentence));
        }
        let marks = files::byte_order_marks(&factory, name, value).into_iter();
        self.warnings
            .extend(marks.map(|sentence| text.mistake(value_at.clone(), sentence)));
        if factory == "flowbin" && name == "description" {
            self.description(text, value_at, Place::Flow);
        } else if factory == "flowbin" && name == "location" {
            self.flow(text, value_at);
        }
    }

    /// The text of a flow, in a file of its own.
    fn flow(&mut self, text: &Text, location: Range<usize>) {
        let file = Path::new(&text.description()[location.clone()]).to_owned();
        match pipeline_text::read(&file, &self.variables, &environment) {
            Ok(flow) => {
                self.description(&flow, 0..flow.description().len(), Place::Flow);
            }
            Err(mistake) if mistake.spot.is_none() => {
                let sentence = format!(
                    "{}: {}; names count from the folder in which the pipeline is started",
                    file.display(),
                    mistake.sentence
                );
                self.mistakes.push(text.mistake(location, sentence));
            }
            Err(mistake) => self.mistakes.push(mistake),
        }
    }
}

/// A part of a description that begins at `start` of a longer one.
fn moved(part: Part, start: usize) -> Part {
    let shift = |range: Range<usize>| start + range.start..start + range.end;
    match part {
        Part::Element(name) => Part::Element(shift(name)),
        Part::Property { name, value } => Part::Property {
            name: shift(name),
            value: shift(value),
        },
        Part::NoValue(word) => Part::NoValue(shift(word)),
        Part::Reference { name, pad } => Part::Reference {
            name: shift(name),
            pad: pad.map(shift),
        },
        Part::Link(at) => Part::Link(shift(at)),
        Part::Caps(caps) => Part::Caps(shift(caps)),
        Part::Other(word) => Part::Other(shift(word)),
    }
}
