// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a report was not used as it came: counted by reason, and named by file and line.

use std::path::Path;

use estimation::fse::Counters;

use crate::lines::Place;

/// So many reports of each reason are named one by one.
const MOST_NAMED: u64 = 3;

/// A reason, how it is said of one line, and of all of them.
struct Reason {
    count: fn(&Counters) -> u64,
    /// `None`: known only when the report is committed, or nobody's mistake.
    line: Option<&'static str>,
    all: &'static str,
}

const REASONS: [Reason; 14] = [
    Reason {
        count: |counters| counters.unknown_camera,
        line: Some("the facility has no such camera; passed over"),
        all: "from unknown cameras",
    },
    Reason {
        count: |counters| counters.unknown_track,
        line: Some("the facility has no such track; what is there is left out"),
        all: "on unknown tracks",
    },
    Reason {
        count: |counters| counters.bad_end,
        line: Some("place, sigma or a probability of an end cannot be meant; the end is left out"),
        all: "ends that cannot be meant",
    },
    Reason {
        count: |counters| counters.bad_body,
        line: Some("place or confidence of a body cannot be meant; the body is left out"),
        all: "bodies that cannot be meant",
    },
    Reason {
        count: |counters| counters.bad_cover,
        line: Some("a cover is no stretch of its track; it is left out"),
        all: "covers that are no stretch",
    },
    Reason {
        count: |counters| counters.far_place,
        line: Some("a place is far off its track; it is left out"),
        all: "far off their track",
    },
    Reason {
        count: |counters| counters.duplicate,
        line: Some("this frame of the camera was heard before; passed over"),
        all: "heard before",
    },
    Reason {
        count: |counters| counters.clock_ahead,
        line: Some("its time is after its arrival, which is taken instead"),
        all: "ahead of their arrival",
    },
    Reason {
        count: |counters| counters.clock_jump,
        line: Some(
            "it arrived more than an hour from all others; passed over unless more like it come",
        ),
        all: "at times far from all others",
    },
    Reason {
        count: |counters| counters.unused,
        line: Some("the fusion does not use this kind of message; passed over"),
        all: "of unused kinds",
    },
    Reason {
        count: |counters| counters.overflow,
        line: Some("too many reports wait already; passed over"),
        all: "for which there was no room",
    },
    Reason {
        count: |counters| counters.late,
        line: None,
        all: "later than the reorder window",
    },
    Reason {
        count: |counters| counters.expired_readings,
        line: None,
        all: "attributes of no locomotive",
    },
    Reason {
        count: |counters| counters.gaps,
        line: None,
        all: "silences too long to fill",
    },
];

/// Names the report in `line` for every reason that was counted between `before` and `after`, the first ones of each.
pub(super) fn name(path: &Path, place: &Place, before: &Counters, after: &Counters) {
    for reason in &REASONS {
        let (old, new) = ((reason.count)(before), (reason.count)(after));
        let Some(words) = reason.line.filter(|_| new > old && old < MOST_NAMED) else {
            continue;
        };
        eprintln!("{place}: {words}");
        if new >= MOST_NAMED {
            eprintln!(
                "{}: further ones '{}' are counted only",
                path.display(),
                reason.all
            );
        }
    }
}

/// What was used, and what was refused for which reason; `lines`: those that are no reports.
pub(super) fn account(counters: &Counters, lines: u64) -> String {
    let counted = REASONS
        .iter()
        .map(|reason| ((reason.count)(counters), reason.all));
    let words: Vec<String> = std::iter::once((lines, "lines that are no reports"))
        .chain(counted)
        .filter(|(count, _)| *count > 0)
        .map(|(count, reason)| format!("{count} {reason}"))
        .collect();
    let odd = if words.is_empty() {
        "nothing odd".to_owned()
    } else {
        words.join(", ")
    };
    format!(
        "{} reports, {} scans used; {odd}",
        counters.events, counters.scans
    )
}
