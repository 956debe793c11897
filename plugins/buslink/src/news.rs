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
    let (state, count) = match news {
        News::Connected => ("connected", None),
        News::Lost(_) => ("lost", None),
        News::Dropped(count) | News::Overrun(count) => ("dropped", Some(*count)),
        News::Refused(_, count) => ("refused", Some(*count)),
        News::SpoolFailed(_) => ("spool-failed", None),
        News::SpoolDamaged(count) => ("spool-damaged", Some(*count)),
        News::SpoolRestored => ("spool-restored", None),
    };
    let sentence = news.sentence(place);
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
        News::SpoolFailed(_) | News::SpoolDamaged(_) => {
            glib::Error::new(gst::ResourceError::Write, &sentence)
        }
        News::Dropped(_) | News::Overrun(_) | News::Refused(..) => {
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
