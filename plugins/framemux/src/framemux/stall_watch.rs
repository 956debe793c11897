// SPDX-License-Identifier: MIT OR Apache-2.0
//! Recordings are waited for as long as it takes; cameras that hold the packets up for long are named.

use std::collections::BTreeMap;
use std::sync::Arc;

use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;

use super::announcements::Announcement;
use super::camera::Presence;
use super::state::FrameMux;

/// Time from check to check.
const CHECK_EVERY: gst::ClockTime = gst::ClockTime::from_seconds(1);

impl FrameMux {
    /// Notes that the next packet waits for frames, and sees to it that the cameras are named if that takes long.
    pub fn await_frames(&self) {
        let unwatched = {
            let mut state = self.state();
            state.stall.waiting = true;
            !state.timings.any_live() && state.stall.check.is_none()
        };
        if unwatched {
            self.schedule_check();
        }
    }

    /// Notes that the packets go on; cameras that were named have returned.
    pub fn stop_awaiting(&self) {
        let mut state = self.state();
        let time = state.collector.next().unwrap_or_default();
        let returned = state.stall.go_on().into_iter();
        let returned =
            returned.map(|index| (index, Announcement::Presence(Presence::Returned), time));
        state.announcements.extend(returned);
    }

    /// Checks no more.
    pub fn forget_stall(&self) {
        let stall = std::mem::take(&mut self.state().stall);
        if let Some(check) = stall.check {
            check.unschedule();
        }
    }

    /// Schedules the next check.
    fn schedule_check(&self) {
        let clock = self.obj().clock().unwrap_or_else(gst::SystemClock::obtain);
        let check = clock.new_single_shot_id(clock.time() + CHECK_EVERY);
        self.state().stall.check = Some(check.clone());
        let mux = self.obj().downgrade();
        let scheduled = check.wait_async(move |_, _, _| {
            if let Some(mux) = mux.upgrade() {
                mux.imp().check_stall();
            }
        });
        if scheduled.is_err() {
            self.state().stall.check = None;
        }
    }

    /// Names the cameras that have held the next packet up since some checks; ends when none is waited for.
    fn check_stall(&self) {
        let missing = self.missing_cameras();
        let (due, time) = {
            let mut state = self.state();
            if !state.stall.waiting {
                state.stall.check = None;
                return;
            }
            let packets = state.collector.packets();
            let due = state
                .stall
                .check(packets, &missing.keys().copied().collect());
            (due, state.collector.next().unwrap_or_default())
        };
        for camera in missing.values().filter(|_| due) {
            self.announce(camera, Announcement::Awaited, time);
        }
        self.schedule_check();
    }

    /// Index and name of the cameras that have not ended and of which no frame is there.
    fn missing_cameras(&self) -> BTreeMap<u32, Arc<str>> {
        let pads = self.pads().into_iter();
        let empty = pads.filter(|pad| !pad.has_buffer());
        let empty = empty.map(|pad| (pad.imp().index(), pad.imp().camera()));
        empty
            .filter(|(index, _)| !self.state().collector.has_ended(*index))
            .collect()
    }
}
