// SPDX-License-Identifier: MIT OR Apache-2.0
//! A depot of two tracks in which cameras see ends and read numbers.
#![allow(dead_code, reason = "each test file uses its part")]

use std::sync::Arc;

use facility::Facility;
use messages::{
    Data, EndKind, EndReport, Event, FacilityState, LocomotiveState, PlateCandidate, PlateReport,
    PositionReport, Timestamp, Validity,
};
use roundhouse_estimation::fse::{Fusion, FusionConfig};

/// Two tracks; `Clow` and `Chigh` see the low and the high ends on both, `Cfar` reads plates only.
const FACILITY: &str = r#"
facility = "depot"
locomotive_length = [13.0, 36.0]
[[track]]
id = "T1"
length = 60.0
gates = ["low"]
[[track]]
id = "T2"
length = 60.0
gates = ["low"]
[[camera]]
id = "Clow"
rate = 5.0
covers = [
  { track = "T1", from = 0.0, to = 60.0, side = "low", detection = 0.95, sigma_systematic = 0.1 },
  { track = "T2", from = 0.0, to = 60.0, side = "low", detection = 0.95, sigma_systematic = 0.1 },
]
[[camera]]
id = "Chigh"
rate = 5.0
covers = [
  { track = "T1", from = 0.0, to = 60.0, side = "high", detection = 0.95, sigma_systematic = 0.1 },
  { track = "T2", from = 0.0, to = 60.0, side = "high", detection = 0.95, sigma_systematic = 0.1 },
]
[[camera]]
id = "Cfar"
rate = 5.0
covers = []
"#;

pub const RIGHT: &str = "10370211";
pub const WRONG: &str = "10370217";

/// A fusion and its clock.
pub struct Depot {
    pub fusion: Fusion,
    /// Frames of 200 ms since the start.
    pub frame: u64,
}

impl Depot {
    pub fn new() -> Self {
        let facility = Arc::new(Facility::parse(FACILITY, "depot.toml").unwrap());
        Self {
            fusion: Fusion::new(facility, FusionConfig::default()),
            frame: 0,
        }
    }

    pub fn time(&self) -> Timestamp {
        Timestamp::from_nanos(1_772_344_800_000_000_000 + self.frame as i64 * 200_000_000)
    }

    pub fn push(&mut self, id: String, data: Data) {
        let event = Event {
            id,
            source: "/depot/test/prod".to_owned(),
            subject: None,
            time: self.time(),
            received: None,
            recorded: None,
            flow: "prod".to_owned(),
            data,
        };
        self.fusion.advance(event.arrival());
        self.fusion.push(event);
    }

    /// Locomotives (track, low end; all 15 m long) stand there for so long; nothing else does.
    pub fn stand(&mut self, seconds: f64, locomotives: &[(&str, f64)]) {
        self.stand_and_read(seconds, locomotives, &[]);
    }

    /// The same, and these are read in every second frame.
    pub fn stand_and_read(
        &mut self,
        seconds: f64,
        locomotives: &[(&str, f64)],
        plates: &[PlateReport],
    ) {
        let highs: Vec<_> = locomotives
            .iter()
            .map(|(track, low)| (*track, low + 15.0))
            .collect();
        self.see(seconds, locomotives, &highs, plates);
    }

    /// These low and high ends are seen for so long, and these numbers are read.
    pub fn see(
        &mut self,
        seconds: f64,
        lows: &[(&str, f64)],
        highs: &[(&str, f64)],
        plates: &[PlateReport],
    ) {
        for _ in 0..(seconds * 5.0) as u64 {
            self.frame += 1;
            for (camera, ends, kind) in [
                ("Clow", lows, EndKind::Head),
                ("Chigh", highs, EndKind::Tail),
            ] {
                let report = PositionReport {
                    clock: None,
                    camera: camera.to_owned(),
                    frame: self.frame,
                    covers: None,
                    ends: ends.iter().map(|(track, s)| end(track, *s, kind)).collect(),
                    bodies: Vec::new(),
                };
                self.push(format!("{camera}-{}", self.frame), Data::Position(report));
            }
            if self.frame.is_multiple_of(2) {
                for (index, plate) in plates.iter().enumerate() {
                    self.push(
                        format!("p{index}-{}", self.frame),
                        Data::Plate(plate.clone()),
                    );
                }
            }
        }
    }

    pub fn state(&self) -> FacilityState {
        self.fusion.state_at(self.time())
    }

    /// The locomotive on a track, if there is only one.
    pub fn on(&self, track: &str) -> Option<LocomotiveState> {
        let all = self.state().locomotives;
        let mut here = all.into_iter().filter(|one| one.track == track);
        let found = here.next();
        assert!(here.next().is_none(), "more than one locomotive on {track}");
        found
    }
}

pub fn end(track: &str, s: f64, kind: EndKind) -> EndReport {
    EndReport {
        track: track.to_owned(),
        s,
        sigma: 0.1,
        sigma_systematic: Some(0.1),
        kind,
        kind_confidence: 0.9,
        confidence: 0.9,
        body: None,
        alternatives: Vec::new(),
    }
}

pub fn plate(camera: &str, track: &str, s: f64, text: &str, p: f64) -> PlateReport {
    PlateReport {
        camera: camera.to_owned(),
        track: track.to_owned(),
        s,
        sigma: 0.5,
        text: text.to_owned(),
        confidence: p,
        scheme: Some("cis8".to_owned()),
        valid: Some(Validity::Passed),
        alternatives: Vec::new(),
    }
}

/// The same, with what it may be otherwise.
pub fn doubtful(
    camera: &str,
    track: &str,
    s: f64,
    text: (&str, f64),
    other: (&str, f64),
) -> PlateReport {
    let mut report = plate(camera, track, s, text.0, text.1);
    report.alternatives.push(PlateCandidate {
        text: other.0.to_owned(),
        p: other.1,
    });
    report
}

pub fn number(locomotive: &LocomotiveState) -> (&str, f64) {
    let plate = locomotive.plate.as_ref().expect("a number");
    (&plate.text, plate.p)
}
