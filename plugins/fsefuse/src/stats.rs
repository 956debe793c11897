// SPDX-License-Identifier: MIT OR Apache-2.0
//! The property `stats` of `fsefuse`.

use estimation::fse;

kit::counters! {
    /// What `fsefuse` itself counts, since its start. What became of the events in the fusion is counted there
    /// ([`fse::Counters`]).
    pub struct Counters {
        /// Arrival times at which the fusion was fed, with events or only with the time.
        batches,
        /// Events that the fusion was fed. The fusion's own `events` also counts those that only say how late it is.
        fed,
        /// States pushed.
        states,
        /// Documents and reports that were refused.
        bad_documents,
        /// Cameras all of whose reports are discarded now.
        discarded_cameras,
        /// Events of flows that the property `inputs` leaves out, and states.
        unwanted,
        /// Events dropped because the fusion could not keep up with live input.
        dropped,
        /// Events that a flush removed before they were fused.
        flushed,
        /// Failed attempts to write the file of property `state-file`.
        save_errors,
    }
}

/// The structure that the property `stats` holds: all counters of the element, then all of the fusion.
pub fn structure(element: Counters, fusion: fse::Counters) -> gst::Structure {
    kit::stats::structure("fsefuse-stats", element.iter().chain(fusion.iter()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_is_a_field_and_no_name_is_given_twice() {
        gst::init().expect("GStreamer starts");
        let (element, fusion) = (Counters::default(), fse::Counters::default());
        let structure = structure(element, fusion);
        for (name, value) in element.iter().chain(fusion.iter()) {
            assert_eq!(structure.get::<u64>(name), Ok(value), "{name}");
        }
        assert_eq!(
            structure.n_fields(),
            element.iter().count() + fusion.iter().count()
        );
    }
}
