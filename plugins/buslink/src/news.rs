// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is told of a connection: an element message for programs, a warning or information for people.

use bus::{Endpoint, News, Tell};
use gst::glib;
use gst::prelude::*;

/// Tells the bus of `element` what happens to its connection to `endpoint`.
pub fn teller(element: &impl IsA<gst::Element>, endpoint: &Endpoint) -> Tell {
    let element = element.as_ref().downgrade();
    let place = endpoint.to_string();
    Box::new(move |news| {
        if let Some(element) = element.upgrade() {
            tell(&element, &place, &news);
        }
    })
}

/// Posts what happened to the connection to `place`.
fn tell(element: &gst::Element, place: &str, news: &News) {
    let (state, sentence, count) = match news {
        News::Connected => ("connected", format!("Connected to {place}"), None),
        News::Lost(fault) => ("lost", fault.to_string(), None),
        News::Dropped(count) => (
            "dropped",
            format!(
                "{count} messages were dropped, because {place} does not take them as fast as they come"
            ),
            Some(*count),
        ),
        News::Refused(refusal, count) => (
            "refused",
            format!(
                "{count} messages were refused ({}): {refusal}",
                refusal.reason.as_str()
            ),
            Some(*count),
        ),
        News::SpoolFailed(fault) => (
            "spool-failed",
            format!("{fault}; messages are kept in memory only"),
            None,
        ),
        News::SpoolDamaged(count) => (
            "spool-damaged",
            format!("{count} messages of the spool are damaged and lost"),
            Some(*count),
        ),
        News::SpoolRestored => (
            "spool-restored",
            "Messages are kept on the disk again".to_owned(),
            None,
        ),
    };
    let mut structure = gst::Structure::builder("roundhouse-bus")
        .field("state", state)
        .field("address", place)
        .field("explanation", &sentence);
    if let Some(count) = count {
        structure = structure.field("count", count);
    }
    let message = gst::message::Element::builder(structure.build())
        .src(element)
        .build();
    // Nobody may listen.
    let _ = element.post_message(message);
    let error = match news {
        News::Connected | News::SpoolRestored => return post_info(element, &sentence),
        News::Lost(_) => glib::Error::new(gst::ResourceError::OpenReadWrite, &sentence),
        News::SpoolFailed(_) | News::SpoolDamaged(_) => glib::Error::new(gst::ResourceError::Write, &sentence),
        News::Dropped(_) | News::Refused(..) => {
            glib::Error::new(gst::StreamError::Failed, &sentence)
        }
    };
    let message = gst::message::Warning::builder_from_error(error)
        .src(element)
        .build();
    let _ = element.post_message(message);
}

/// Posts good news.
fn post_info(element: &gst::Element, sentence: &str) {
    let info = glib::Error::new(gst::ResourceError::OpenReadWrite, sentence);
    let message = gst::message::Info::builder_from_error(info)
        .src(element)
        .build();
    let _ = element.post_message(message);
}
