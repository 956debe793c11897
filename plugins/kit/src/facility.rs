// SPDX-License-Identifier: MIT OR Apache-2.0
//! The facility and the flow that an element works for, as its properties name them.

use std::path::Path;

use facility::Facility;
use gst::glib;
use gst::prelude::*;
use meta::View;

/// Loads the file that the property `facility` names; its warnings go to the debug log of `element`.
///
/// # Errors
/// The property is not set, or the file is missing or wrong.
pub fn load(
    element: &impl IsA<glib::Object>,
    category: gst::DebugCategory,
    path: Option<&Path>,
) -> Result<Facility, gst::ErrorMessage> {
    let Some(path) = path else {
        return Err(gst::error_msg!(
            gst::ResourceError::NotFound,
            ("Property 'facility' is not set; set it to the path of facility.toml")
        ));
    };
    let facility = Facility::load(path)
        .map_err(|errors| gst::error_msg!(gst::ResourceError::Settings, ("{errors}")))?;
    for warning in &facility.warnings {
        gst::warning!(category, obj = element, "{}:{warning}", path.display());
    }
    Ok(facility)
}

/// Checks the value of the property `flow`, which is part of the identifier of every report.
///
/// # Errors
/// It is empty.
pub fn check_flow(flow: &str) -> Result<(), gst::ErrorMessage> {
    if flow.is_empty() {
        return Err(gst::error_msg!(
            gst::ResourceError::Settings,
            ("Property 'flow' is empty; give the flow a name, such as prod")
        ));
    }
    Ok(())
}

/// A view of frames, packets and batches for an element that reads what `components` found at the cameras of `facility`.
#[must_use]
pub fn view(facility: &Facility, components: Vec<u32>, display_text: bool) -> View {
    let cameras = facility
        .cameras
        .iter()
        .map(|camera| (camera.source, camera.id.as_str()));
    let mut view = View::new(cameras, components);
    view.set_display_text(display_text);
    view
}
