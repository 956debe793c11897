// SPDX-License-Identifier: MIT OR Apache-2.0
//! Events that say whether a camera delivers, on their way from its source to who fuses.
//!
//! They are sticky: whoever joins the stream later is told, too. The camera's number keeps those of several cameras apart.

use messages::{CameraHealth, Health, Timestamp};

/// How the names of these events begin.
const NAME: &str = "roundhouse-camera-health";

/// The event that the camera of this number at the aggregator has had this `health` since `time`. A source that does not know its
/// number says 0.
pub fn health_event(source: u32, health: &CameraHealth, time: Timestamp) -> gst::Event {
    let mut structure = gst::Structure::builder(format!("{NAME}-{source}"))
        .field("camera", &health.camera)
        .field("health", health.health.as_str())
        .field("time", time.nanos())
        .build();
    if let Some(reason) = &health.reason {
        structure.set("reason", reason.as_str());
    }
    if let Some(since) = health.since {
        structure.set("since", since.nanos());
    }
    gst::event::CustomDownstreamSticky::new(structure)
}

/// What `event` says of a camera's health, and its time, if it does.
pub fn health_of(event: &gst::EventRef) -> Option<(CameraHealth, Timestamp)> {
    if event.type_() != gst::EventType::CustomDownstreamSticky {
        return None;
    }
    let structure = event
        .structure()
        .filter(|structure| structure.name().starts_with(NAME))?;
    let time = |field: &str| structure.get(field).ok().map(Timestamp::from_nanos);
    let mut health = CameraHealth::new(
        structure.get::<String>("camera").ok()?,
        Health::from_word(structure.get::<&str>("health").ok()?)?,
    );
    health.reason = structure.get("reason").ok();
    health.since = time("since");
    Some((health, time("time")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_heard() {
        gst::init().unwrap();
        let mut health = CameraHealth::new("north gate", Health::Stalled);
        let time = Timestamp::from_nanos(1_772_344_803_412_000_000);
        for reason in [None, Some("no frame for 2.0 s".to_owned())] {
            health.reason = reason;
            health.since = health.reason.as_ref().map(|_| Timestamp::from_nanos(5));
            let event = health_event(3, &health, time);
            assert_eq!(health_of(&event), Some((health.clone(), time)));
        }
        assert_eq!(health_of(&gst::event::Eos::new()), None);
    }
}
