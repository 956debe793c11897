// SPDX-License-Identifier: MIT OR Apache-2.0
//! Recordings are waited for as long as it takes; cameras that hold the packets up for long are named.

use std::collections::BTreeSet;
use std::sync::Arc;

use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;

use super::announcements::Announcement;
use super::collector::Presence;
use super::state::FrameMux;

/// Time from check to check.
const CHECK_EVERY: gst::ClockTime = gst::ClockTime::from_seconds(1);
/// So many checks without a packet, and the cameras that it waits for are named.
const PATIENT_CHECKS: u32 = 5;

/// What holds the packets of recordings up.
#[derive(Debug, Default)]
pub struct Stall {
    /// Whether the next packet waits for frames.
    waiting: bool,
    /// Cameras that were named and have not delivered since.
    named: BTreeSet<u32>,
    /// Packets at the last check, and the checks since that number changed.
    seen: (u64, u32),
    /// The next check.
    check: Option<gst::SingleShotClockId>,
}

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
        state.stall.waiting = false;
        let time = state.collector.next().unwrap_or_default();
        let returned = std::mem::take(&mut state.stall.named);
        let returned = returned
            .into_iter()
            .map(|index| (index, Announcement::Presence(Presence::Returned), time));
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
            let packets = state.collector.packets();
            let time = state.collector.next().unwrap_or_default();
            let stall = &mut state.stall;
            if !stall.waiting {
                stall.check = None;
                return;
            }
            let (seen, checks) = stall.seen;
            let stalled = seen == packets && !missing.is_empty();
            let checks = if stalled { checks + 1 } else { 0 };
            stall.seen = (packets, checks);
            let due = checks == PATIENT_CHECKS;
            if due {
                stall.named.extend(missing.iter().map(|(index, _)| index));
            }
            (due, time)
        };
        for (_, camera) in missing.into_iter().filter(|_| due) {
            self.announce(&camera, Announcement::Awaited, time);
        }
        self.schedule_check();
    }

    /// Index and name of the cameras that have not ended and of which no frame is there.
    fn missing_cameras(&self) -> Vec<(u32, Arc<str>)> {
        let pads = self.pads().into_iter();
        let empty = pads.filter(|pad| !pad.has_buffer());
        let empty = empty.map(|pad| (pad.imp().index(), pad.imp().camera()));
        empty
            .filter(|(index, _)| !self.state().collector.has_ended(*index))
            .collect()
    }
}
