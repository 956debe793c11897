// SPDX-License-Identifier: MIT OR Apache-2.0
//! The first part of identifiers, and the origin of time, which follow from whether the input is live.

use std::sync::Mutex;

use gst::prelude::*;
use gst_base::prelude::*;
use meta::View;

use crate::{Envelope, clock, lock};

/// What an element that writes reports onto frames works with from start to stop.
pub trait Reports {
    /// What its reports have in common.
    fn envelope(&mut self) -> &mut Envelope;
    /// Through what it reads frames.
    fn view(&mut self) -> &mut View;
}

/// Before the first frame of `element`: asks whether its input is live, and sets the epoch of the identifiers and the
/// origin of time accordingly. Does nothing once that is decided.
///
/// `state` is not locked while the query is on its way.
pub fn decide_epoch<S: Reports>(
    element: &impl IsA<gst_base::BaseTransform>,
    state: &Mutex<Option<S>>,
) {
    let undecided = lock(state)
        .as_mut()
        .is_some_and(|state| state.envelope().needs_epoch());
    if !undecided {
        return;
    }
    let element = element.as_ref();
    let live = meta::input_is_live(element.sink_pad()) == Some(true);
    let base = live.then(|| clock::utc_base(element));
    if let Some(state) = lock(state).as_mut() {
        if let Some(base) = base {
            state.view().set_base(base);
        }
        state.envelope().set_live(live);
    }
}
