// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the text to the elements of an inner bin.

use gst::glib;
use gst::prelude::*;

use super::properties::Settings;

/// Makes the elements that the settings describe: unlinked pads are pads of the bin, no sink waits for its first packet,
/// flow names are set.
pub fn from_text(settings: &Settings) -> Result<gst::Bin, String> {
    let text = text(settings)?;
    let mut context = gst::ParseContext::new();
    let element = gst::parse::bin_from_description_full(
        &text,
        true,
        Some(&mut context),
        gst::ParseFlags::FATAL_ERRORS,
    )
    .map_err(|error| {
        let missing = context.missing_elements();
        let remedy = if missing.is_empty() {
            String::new()
        } else {
            format!("; not installed: {}", missing.join(", "))
        };
        format!("{}{}{remedy}", place(settings), error.message())
    })?;
    let bin = element
        .downcast::<gst::Bin>()
        .map_err(|_| "the text describes no bin".to_owned())?;
    for element in elements(&bin) {
        prepare(&element, settings);
    }
    if bin.static_pad("sink").is_none() {
        request_sink(&bin);
    }
    Ok(bin)
}

/// Where the text stands, before what is said of it.
fn place(settings: &Settings) -> String {
    let path = settings.location.as_ref();
    path.map_or_else(String::new, |path| format!("{}: ", path.display()))
}

/// The text in gst-launch-1.0's syntax.
fn text(settings: &Settings) -> Result<String, String> {
    match (&settings.location, &settings.description) {
        (Some(_), Some(_)) => {
            Err("both 'location' and 'description' are set; keep one of them".to_owned())
        }
        (None, None) => Err("there is no text: set 'location' or 'description'".to_owned()),
        (None, Some(description)) => Ok(description.clone()),
        (Some(path), None) => {
            let environment = |name: &str| std::env::var(name).ok();
            pipeline_text::read(path, &settings.text_variables(), &environment)
                .map(|text| text.description().to_owned())
                .map_err(|mistake| mistake.headline())
        }
    }
}

/// Every element in `bin`, those in bins too.
pub fn elements(bin: &gst::Bin) -> Vec<gst::Element> {
    bin.iterate_recurse().into_iter().flatten().collect()
}

/// Sets what elements inside a flow must have.
fn prepare(element: &gst::Element, settings: &Settings) {
    let takes = |name: &str, kind| {
        element.find_property(name).is_some_and(|property| {
            property.value_type() == kind && property.flags().contains(glib::ParamFlags::WRITABLE)
        })
    };
    let is_sink = element.element_flags().contains(gst::ElementFlags::SINK);
    if is_sink && takes("async", glib::Type::BOOL) {
        element.set_property("async", false);
    }
    if !settings.flow.is_empty() && takes("flow", glib::Type::STRING) {
        element.set_property("flow", &settings.flow);
    }
    // A flow in a flow.
    if settings.variables.is_some() && takes("variables", gst::Structure::static_type()) {
        element.set_property("variables", &settings.variables);
    }
}

/// Gives `bin` a pad `sink` for the first element that has no input but takes one on request.
fn request_sink(bin: &gst::Bin) -> Option<gst::Pad> {
    elements(bin).iter().rev().find_map(|element| {
        let template = element.pad_template_list().into_iter().find(|template| {
            template.direction() == gst::PadDirection::Sink
                && template.presence() == gst::PadPresence::Request
        })?;
        if !element.sink_pads().is_empty() {
            return None;
        }
        let pad = element.request_pad(&template, None, None)?;
        let ghost = gst::GhostPad::builder_with_target(&pad)
            .ok()?
            .name("sink")
            .build();
        bin.add_pad(&ghost).ok()?;
        Some(ghost.upcast())
    })
}
