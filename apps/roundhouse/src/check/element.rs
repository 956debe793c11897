// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is known of an element: its properties and its pads, asked of `GStreamer` or looked up in a table.

use gst::glib;
use gst::prelude::*;

use super::suggestion::did_you_mean;

/// An element that a text names.
#[derive(Clone)]
pub enum Known {
    /// Installed here.
    Installed(gst::ElementFactory),
    /// One of `DeepStream`'s, by the table.
    Foreign(&'static nvds::elements::Element),
}

/// A kind of pad of an element.
#[derive(Clone)]
pub struct Pad {
    /// `sink`, `sink_%u`.
    pub template: String,
    /// Input or output.
    pub direction: gst::PadDirection,
    /// Whether it is always there.
    pub always: bool,
    /// What it takes or gives.
    pub caps: gst::Caps,
    /// What it is, where that can be asked.
    kind: Option<glib::Type>,
}

impl Pad {
    /// Whether a pad of this name can be had.
    pub fn fits(&self, name: &str) -> bool {
        fits(&self.template, name)
    }
}

impl Known {
    /// The element of this factory name, or the sentence that there is none.
    pub fn find(name: &str) -> Result<Self, String> {
        if let Some(factory) = gst::ElementFactory::find(name) {
            return Ok(Self::Installed(factory));
        }
        if let Some(foreign) = nvds::elements::find(name) {
            return Ok(Self::Foreign(foreign));
        }
        // Lists by type leave out what has none, such as videoconvert.
        let factories = gst::Registry::get().features(gst::ElementFactory::static_type());
        let mut names: Vec<glib::GString> = factories.iter().map(GstObjectExt::name).collect();
        names.extend(nvds::elements::names().map(Into::into));
        let meant = did_you_mean(name, names.iter().map(glib::GString::as_str));
        let remedy = if meant.is_empty() {
            "; 'roundhouse doctor' says what is missing".to_owned()
        } else {
            meant
        };
        Err(format!("there is no element '{name}'{remedy}"))
    }

    /// The name of its factory.
    pub fn factory(&self) -> String {
        match self {
            Self::Installed(factory) => factory.name().into(),
            Self::Foreign(foreign) => foreign.name.clone(),
        }
    }

    /// Its pads; none where they cannot be asked.
    pub fn pads(&self) -> Vec<Pad> {
        match self {
            Self::Installed(factory) => installed_pads(factory),
            Self::Foreign(foreign) => foreign.pads.iter().map(|name| foreign_pad(name)).collect(),
        }
    }

    /// Whether it is made of other elements: it may have more pads and properties than it says.
    pub fn is_bin(&self) -> bool {
        match self {
            Self::Installed(factory) => {
                loaded_type(factory).is_none_or(|kind| kind.is_a(gst::Bin::static_type()))
            }
            Self::Foreign(_) => false,
        }
    }

    /// Whether the property `name` takes `value`; as the outer error the sentence that there is no such property.
    pub fn value(&self, name: &str, value: &str) -> Result<Result<(), String>, String> {
        if let Some((pad, property)) = name.split_once("::") {
            return self.pad_value(pad, property, value);
        }
        let element = self.factory();
        match self {
            Self::Installed(factory) => loaded_type(factory)
                .map_or(Ok(Ok(())), |kind| object_value(&element, kind, name, value)),
            Self::Foreign(foreign) => {
                if let Some(kind) = foreign.property(name) {
                    return Ok(kind.check(value));
                }
                let meant = did_you_mean(name, foreign.properties.keys().map(String::as_str));
                Err(format!("'{element}' has no property '{name}'{meant}"))
            }
        }
    }

    /// The same for a property of the pad `pad`.
    fn pad_value(&self, pad: &str, name: &str, value: &str) -> Result<Result<(), String>, String> {
        // What a bin or a foreign element has inside is known only when it plays.
        if self.is_bin() || matches!(self, Self::Foreign(_)) {
            return Ok(Ok(()));
        }
        let element = self.factory();
        let pads = self.pads();
        let Some(found) = pads.iter().find(|known| known.fits(pad)) else {
            return Err(no_pad(&element, pad, &pads));
        };
        let owner = format!("the pad '{pad}' of '{element}'");
        found
            .kind
            .map_or(Ok(Ok(())), |kind| owned_value(&owner, kind, name, value))
    }
}

/// The sentence that an element has no such pad.
pub fn no_pad(element: &str, pad: &str, pads: &[Pad]) -> String {
    let names: Vec<&str> = pads.iter().map(|pad| pad.template.as_str()).collect();
    format!(
        "'{element}' has no pad '{pad}'; it has {} (%u: any number)",
        names.join(", ")
    )
}

/// Whether the property `name` of an element of this type takes `value`.
fn object_value(
    element: &str,
    kind: glib::Type,
    name: &str,
    value: &str,
) -> Result<Result<(), String>, String> {
    owned_value(&format!("'{element}'"), kind, name, value)
}

/// Whether the property `name` of an object of this type takes `value`.
fn owned_value(
    owner: &str,
    kind: glib::Type,
    name: &str,
    value: &str,
) -> Result<Result<(), String>, String> {
    let Some(class) = glib::object::ObjectClass::from_type(kind) else {
        return Ok(Ok(()));
    };
    if let Some(property) = class.find_property(name) {
        return Ok(takes(&property, value));
    }
    let properties = class.list_properties();
    let meant = did_you_mean(name, properties.iter().map(glib::ParamSpec::name));
    Err(format!("{owner} has no property '{name}'{meant}"))
}

/// The type of an installed element; a plugin that does not load is nothing that the text could mend.
fn loaded_type(factory: &gst::ElementFactory) -> Option<glib::Type> {
    let factory = factory.clone().load().ok()?;
    let kind = factory.element_type();
    kind.is_valid().then_some(kind)
}

/// The pads that the type of an installed element declares.
fn installed_pads(factory: &gst::ElementFactory) -> Vec<Pad> {
    let templates = loaded_type(factory)
        .and_then(glib::Class::<gst::Element>::from_type)
        .map(|class| class.pad_template_list())
        .unwrap_or_default();
    templates
        .iter()
        .map(|template| Pad {
            template: template.name_template().into(),
            direction: template.direction(),
            always: template.presence() == gst::PadPresence::Always,
            caps: template.caps().clone(),
            kind: Some(template.gtype()).filter(|kind| kind.is_a(gst::Pad::static_type())),
        })
        .collect()
}

/// The table knows names only; they say the rest.
fn foreign_pad(name: &str) -> Pad {
    Pad {
        template: name.to_owned(),
        direction: if name.contains("sink") {
            gst::PadDirection::Sink
        } else {
            gst::PadDirection::Src
        },
        always: !name.contains('%'),
        caps: gst::Caps::new_any(),
        kind: None,
    }
}

/// Whether `template` (`sink_%u`) can make the name; `%s` takes anything.
fn fits(template: &str, name: &str) -> bool {
    let Some((before, after)) = template.split_once('%') else {
        return template == name;
    };
    let Some(rest) = name.strip_prefix(before) else {
        return false;
    };
    let (kind, after) = after.split_at(after.len().min(1));
    if kind == "s" {
        return !rest.is_empty();
    }
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    digits > 0 && fits(after, &rest[digits..])
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

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn templates_make_names() {
        assert!(fits("sink", "sink") && !fits("sink", "sink_0"));
        assert!(
            fits("sink_%u", "sink_12") && !fits("sink_%u", "sink_") && !fits("sink_%u", "snk_1")
        );
        assert!(fits("src_%u_%u", "src_0_1") && !fits("src_%u_%u", "src_0"));
        assert!(fits("send_%s", "send_a b"));
    }
}
