// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files and ports that a running inner bin owns and a new one wants.

use std::collections::BTreeMap;

use gst::prelude::*;

use super::build::elements;

/// The files and ports that two inner bins cannot both own, and who owns them.
fn owned(bin: &gst::Bin) -> BTreeMap<(&'static str, String), String> {
    const SERVERS: [&str; 3] = ["tcpserversink", "tcpserversrc", "udpsrc"];
    let mut owned = BTreeMap::new();
    for element in elements(bin) {
        let factory = element.factory().map(|factory| factory.name());
        let is_server = factory.is_some_and(|name| SERVERS.contains(&name.as_str()));
        let is_sink = element.element_flags().contains(gst::ElementFlags::SINK);
        let names = [
            ("location", is_sink),
            ("socket-path", is_sink),
            ("record", true),
            ("port", is_server),
        ];
        for (name, _) in names.into_iter().filter(|(_, owns)| *owns) {
            if element.find_property(name).is_none() {
                continue;
            }
            let value = element.property_value(name);
            let value = value.transform::<String>().ok();
            let value = value.and_then(|value| value.get::<Option<String>>().ok().flatten());
            if let Some(value) = value.filter(|value| !value.is_empty() && value != "/dev/null") {
                owned.insert((name, value), element.name().to_string());
            }
        }
    }
    owned
}

/// What `new` would take away from `old`, as a sentence.
pub fn conflict(old: &gst::Bin, new: &gst::Bin) -> Option<String> {
    let taken = owned(old);
    owned(new).into_iter().find_map(|((name, value), who)| {
        let owner = taken.get(&(name, value.clone()))?;
        Some(format!(
            "{who} wants {name} {value}, which {owner} of the running flow owns: give the new one another, or put that \
             element behind the flowbin"
        ))
    })
}
