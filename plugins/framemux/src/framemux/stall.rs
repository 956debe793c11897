// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which cameras hold the packets of recordings up. Plain bookkeeping; somebody has to check from time to time.

use std::collections::BTreeSet;

/// So many checks without a packet, and the cameras that it waits for are named.
const PATIENT_CHECKS: u32 = 5;

/// What holds the packets of recordings up.
#[derive(Debug, Default)]
pub struct Stall {
    /// Whether the next packet waits for frames.
    pub waiting: bool,
    /// Cameras that were named and have not delivered since.
    named: BTreeSet<u32>,
    /// Packets at the last check, and the checks since that number changed.
    seen: (u64, u32),
    /// The next check.
    pub check: Option<gst::SingleShotClockId>,
}

impl Stall {
    /// Notes that packets go on; the cameras that were named.
    pub fn go_on(&mut self) -> BTreeSet<u32> {
        self.waiting = false;
        std::mem::take(&mut self.named)
    }

    /// Checks: `packets` have been made and the cameras `missing` are waited for. Whether these are to be named now.
    pub fn check(&mut self, packets: u64, missing: &BTreeSet<u32>) -> bool {
        let (seen, checks) = self.seen;
        let stalled = seen == packets && !missing.is_empty();
        let checks = if stalled { checks + 1 } else { 0 };
        self.seen = (packets, checks);
        let due = checks == PATIENT_CHECKS;
        if due {
            self.named.extend(missing);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cameras_are_named_once_after_five_checks_without_a_packet() {
        let mut stall = Stall::default();
        let missing = BTreeSet::from([3]);
        let named: Vec<u64> = (1..20)
            .filter(|check| stall.check(u64::from(*check > 3), &missing))
            .collect();
        assert_eq!(named, [9]);
        assert_eq!(stall.go_on(), missing);
        assert!(stall.go_on().is_empty());
    }
}
