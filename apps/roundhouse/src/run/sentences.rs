// SPDX-License-Identifier: MIT OR Apache-2.0
//! What messages say to people.

use super::flows::label;

/// What is said of a fusion whose scans arrive late, or in time again.
pub fn of_arrival(structure: &gst::StructureRef) -> Option<String> {
    if structure.name() != "roundhouse-arrival" {
        return None;
    }
    let age = structure.get::<gst::ClockTime>("age").ok()?.mseconds() as f64 / 1000.0;
    Some(if structure.get::<bool>("late").ok()? {
        format!(
            "warning: scans arrive {age:.1} s late: the pipeline is slower than its cameras. Set leaky=downstream on the \
             queue behind the aggregator, so that old packets are dropped; then a longer interval of framemux, a smaller \
             network or a faster machine gives more scans"
        )
    } else {
        format!("scans arrive in time again ({age:.1} s)")
    })
}

/// What `flowbin` says of a flow; the reason of a failure comes as a warning as well.
pub fn of_flow(structure: &gst::StructureRef, flowbin: &gst::Element) -> Option<String> {
    let sentence = match flow_event(structure)? {
        "restarting" => {
            let delay = structure.get::<u64>("delay").unwrap_or_default();
            format!("begins anew in {:.1} s", delay as f64 / 1e9)
        }
        "reloaded" => "plays its new text".to_owned(),
        "stopped" => "is off".to_owned(),
        "reload-failed" => format!(
            "goes on with its old text: {}",
            structure.get::<String>("reason").unwrap_or_default()
        ),
        _ => return None,
    };
    Some(format!("flow {} {sentence}", label(flowbin)))
}

/// Which event of a flow a message tells, if it does.
pub fn flow_event(structure: &gst::StructureRef) -> Option<&str> {
    let is_flow = structure.name() == "roundhouse-flow";
    is_flow.then(|| structure.get::<&str>("event").ok())?
}

/// The verdict of `flowcompare`.
pub fn of_comparison(structure: &gst::StructureRef) -> Option<String> {
    let is_verdict = structure.name() == "roundhouse-comparison";
    is_verdict.then(|| structure.get::<String>("summary").ok())?
}
