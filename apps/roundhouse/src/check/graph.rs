// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which element is linked to which, as a text says.

use std::ops::Range;

use gst::PadDirection::{Sink, Src};
use pipeline_text::{Mistake, Text};

use super::element::{Known, Pad};
use super::suggestion::did_you_mean;

/// Elements and links in the order of the text.
#[derive(Default)]
pub struct Graph {
    pub nodes: Vec<Node>,
    pub links: Vec<Link>,
    references: Vec<Range<usize>>,
    last: Option<End>,
    linking: Option<Range<usize>>,
    filters: Vec<Range<usize>>,
    /// Something in it is not understood here, so what is open cannot be told.
    partly_known: bool,
}

/// One element.
pub struct Node {
    pub place: Range<usize>,
    pub known: Option<Known>,
    name: Option<String>,
    settings: Vec<Setting>,
}

/// One property of an element, or of one of its pads (`sink_0::camera`).
#[derive(Clone)]
pub struct Setting {
    name: Range<usize>,
    /// Where its value stands.
    pub value: Range<usize>,
}

impl Setting {
    /// Its value.
    pub fn value<'a>(&self, text: &'a Text) -> &'a str {
        text.description()[self.value.clone()].trim_matches('"')
    }
}

impl Node {
    /// The name of its factory as the text writes it.
    pub fn factory<'a>(&self, text: &'a Text) -> &'a str {
        &text.description()[self.place.clone()]
    }

    /// The property of this name, if the text sets it.
    pub fn setting(&self, name: &str, text: &Text) -> Option<&Setting> {
        let mut settings = self.settings.iter().rev();
        settings.find(|setting| &text.description()[setting.name.clone()] == name)
    }
}

/// One `!`, with the caps that may pass.
pub struct Link {
    pub from: End,
    pub to: End,
    pub filters: Vec<Range<usize>>,
    pub at: Range<usize>,
}

/// One side of a link.
#[derive(Clone)]
pub struct End {
    /// Index of the node; `None` if it could not be found.
    pub node: Option<usize>,
    name: Option<Range<usize>>,
    pub pad: Option<Range<usize>>,
}

/// Where a description stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It is what the command was given.
    Pipeline,
    /// In a flowbin.
    Flow,
}

/// What a text leaves open.
pub enum Ends {
    /// Nothing.
    Closed,
    /// Its first input: what flowbin plays.
    Flow,
    /// Its last output: what others include.
    Part,
}

impl Graph {
    /// Adds an element; a link that is begun ends at it.
    pub fn element(&mut self, place: Range<usize>, known: Option<Known>) {
        self.partly_known |= known.is_none();
        self.nodes.push(Node {
            place,
            known,
            name: None,
            settings: Vec::new(),
        });
        self.end(End {
            node: Some(self.nodes.len() - 1),
            name: None,
            pad: None,
        });
    }

    /// Adds a reference to a named element, such as `mux.` or `mux.sink_0`.
    pub fn reference(&mut self, name: Range<usize>, pad: Option<Range<usize>>) {
        self.references.push(name.clone());
        self.end(End {
            node: None,
            name: Some(name),
            pad,
        });
    }

    /// Ends the link that is begun, if there is one, and remembers where the next one starts.
    fn end(&mut self, end: End) {
        let from = self.last.replace(end.clone());
        if let (Some(at), Some(from)) = (self.linking.take(), from) {
            let filters = std::mem::take(&mut self.filters);
            let to = end;
            self.links.push(Link {
                from,
                to,
                filters,
                at,
            });
        }
    }

    /// Names the last element.
    pub fn name(&mut self, name: String) {
        if let Some(node) = self.nodes.last_mut() {
            node.name = Some(name);
        }
    }

    /// Sets a property of the last element.
    pub fn set(&mut self, name: Range<usize>, value: Range<usize>) {
        let last = self.last.as_ref().and_then(|end| end.node);
        if let Some(node) = last.and_then(|index| self.nodes.get_mut(index)) {
            node.settings.push(Setting { name, value });
        }
    }

    /// The element that properties now belong to, if it is known.
    pub fn last_known(&self) -> Option<Known> {
        let node = self.last.as_ref()?.node?;
        self.nodes.get(node)?.known.clone()
    }

    /// Begins a link: a `!` at this place.
    pub fn link(&mut self, at: Range<usize>) {
        self.linking = Some(at);
    }

    /// Adds caps that the link which is begun must pass.
    pub fn caps(&mut self, caps: Range<usize>) {
        self.filters.push(caps);
    }

    /// Something was not understood: nothing is linked over it.
    pub fn give_up(&mut self) {
        self.partly_known = true;
        self.last = None;
        self.linking = None;
        self.filters.clear();
    }

    /// Finds the elements that references name.
    pub fn resolve(&mut self, text: &Text) -> Vec<Mistake> {
        let names: Vec<Option<String>> = self.nodes.iter().map(|node| node.name.clone()).collect();
        let find = |name: &str| {
            names
                .iter()
                .position(|known| known.as_deref() == Some(name))
        };
        for link in &mut self.links {
            for end in [&mut link.from, &mut link.to] {
                if let Some(name) = &end.name {
                    end.node = find(&text.description()[name.clone()]);
                    self.partly_known |= end.node.is_none();
                }
            }
        }
        let unknown = self.references.iter().filter(|place| {
            let name = &text.description()[(*place).clone()];
            // Elements without a name of their own are called by their factory and a number.
            find(name).is_none() && !name.ends_with(|c: char| c.is_ascii_digit())
        });
        unknown
            .map(|place| {
                let name = &text.description()[place.clone()];
                let meant = did_you_mean(name, names.iter().flatten().map(String::as_str));
                text.mistake(
                    place.clone(),
                    format!("no element is called '{name}'{meant}"),
                )
            })
            .collect()
    }

    /// What is left open, or the mistakes that this is.
    pub fn ends(&self, text: &Text, place: Place) -> Result<Ends, Vec<Mistake>> {
        if self.partly_known || self.nodes.is_empty() {
            return Ok(Ends::Closed);
        }
        let pads: Vec<Vec<Pad>> = self.nodes.iter().map(pads).collect();
        let without = |direction| {
            pads.iter()
                .any(|pads| !pads.iter().any(|pad| pad.direction == direction))
        };
        let (inputs, outputs) = (self.open(text, &pads, Sink), self.open(text, &pads, Src));
        let is_flow = inputs.len() == 1 && (place == Place::Flow || !without(Sink));
        let is_part = outputs.len() == 1 && !without(Src);
        let mut mistakes = Vec::new();
        if !is_flow {
            let sentence = |pad: &str, element: &str| {
                format!(
                    "nothing is linked to the input '{pad}' of '{element}': write 'source ! {element} …', or give it a name and link to that"
                )
            };
            mistakes.extend(self.say(text, &inputs, sentence));
        }
        if !is_part {
            let sentence = |pad: &str, element: &str| {
                format!(
                    "the output '{pad}' of '{element}' is linked to nothing: link it, or end in '! fakesink'"
                )
            };
            mistakes.extend(self.say(text, &outputs, sentence));
        }
        match (mistakes.is_empty(), is_flow, is_part) {
            (false, _, _) => Err(mistakes),
            (_, true, _) => Ok(Ends::Flow),
            (_, _, true) => Ok(Ends::Part),
            _ => Ok(Ends::Closed),
        }
    }

    /// A mistake for each open pad.
    fn say(
        &self,
        text: &Text,
        open: &[(usize, String)],
        sentence: impl Fn(&str, &str) -> String,
    ) -> Vec<Mistake> {
        open.iter()
            .filter_map(|(index, pad)| {
                let place = self.nodes.get(*index)?.place.clone();
                let element = &text.description()[place.clone()];
                Some(text.mistake(place, sentence(pad, element)))
            })
            .collect()
    }

    /// The pads that nothing is linked to, by the index of their node: of each node at most the first.
    fn open(
        &self,
        text: &Text,
        pads: &[Vec<Pad>],
        direction: gst::PadDirection,
    ) -> Vec<(usize, String)> {
        let mut open = Vec::new();
        for (index, pads) in pads.iter().enumerate() {
            let ends = self.links.iter().map(|link| match direction {
                Sink => &link.to,
                _ => &link.from,
            });
            let used: Vec<_> = ends.filter(|end| end.node == Some(index)).collect();
            let is_named = |pad: &Pad| {
                let name = |end: &&&End| {
                    end.pad
                        .clone()
                        .is_some_and(|name| pad.template == text.description()[name])
                };
                used.iter().any(|end| name(&end))
            };
            let by_any = used.iter().filter(|end| end.pad.is_none()).count();
            let mut own = pads.iter().filter(|pad| pad.direction == direction);
            let always = own.clone().filter(|pad| pad.always && !is_named(pad));
            let first = always.skip(by_any).map(|pad| pad.template.clone()).next();
            // An input on request only, such as a muxer's, is needed at least once.
            let on_request =
                (direction == Sink && used.is_empty() && own.clone().all(|pad| !pad.always))
                    .then(|| own.next().map(|pad| pad.template.clone()))
                    .flatten();
            let is_bin = self.nodes[index].known.as_ref().is_some_and(Known::is_bin);
            open.extend(
                first
                    .or(on_request.filter(|_| !is_bin))
                    .map(|pad| (index, pad)),
            );
        }
        open
    }
}

/// The pads of an element of the text.
pub fn pads(node: &Node) -> Vec<Pad> {
    node.known.as_ref().map(Known::pads).unwrap_or_default()
}
