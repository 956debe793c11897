// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who a machine is: what cameras read of its number, and what follows from it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

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

const RIGHT: &str = "10370211";
const WRONG: &str = "10370217";

/// A fusion and its clock.
struct Depot {
    fusion: Fusion,
    /// Frames of 200 ms since the start.
    frame: u64,
}

impl Depot {
    fn new() -> Self {
        let facility = Arc::new(Facility::parse(FACILITY, "depot.toml").unwrap());
        Self {
            fusion: Fusion::new(facility, FusionConfig::default()),
            frame: 0,
        }
    }

    fn time(&self) -> Timestamp {
        Timestamp::from_nanos(1_772_344_800_000_000_000 + self.frame as i64 * 200_000_000)
    }

    fn push(&mut self, id: String, data: Data) {
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

    /// Machines (track, low end; all 15 m long) stand there for so long; nothing else does.
    fn stand(&mut self, seconds: f64, machines: &[(&str, f64)]) {
        self.stand_and_read(seconds, machines, &[]);
    }

    /// The same, and these are read in every second frame.
    fn stand_and_read(&mut self, seconds: f64, machines: &[(&str, f64)], plates: &[PlateReport]) {
        for _ in 0..(seconds * 5.0) as u64 {
            self.frame += 1;
            for (camera, offset, kind) in
                [("Clow", 0.0, EndKind::Head), ("Chigh", 15.0, EndKind::Tail)]
            {
                let ends = machines
                    .iter()
                    .map(|(track, low)| end(track, low + offset, kind));
                let report = PositionReport {
                    camera: camera.to_owned(),
                    frame: self.frame,
                    covers: None,
                    ends: ends.collect(),
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

    fn state(&self) -> FacilityState {
        self.fusion.state_at(self.time())
    }

    /// The machine on a track, if there is only one.
    fn on(&self, track: &str) -> Option<LocomotiveState> {
        let all = self.state().locomotives;
        let mut here = all.into_iter().filter(|one| one.track == track);
        let found = here.next();
        assert!(here.next().is_none(), "more than one machine on {track}");
        found
    }
}

fn end(track: &str, s: f64, kind: EndKind) -> EndReport {
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

fn plate(camera: &str, track: &str, s: f64, text: &str, p: f64) -> PlateReport {
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
fn doubtful(
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

fn number(machine: &LocomotiveState) -> (&str, f64) {
    let plate = machine.plate.as_ref().expect("a number");
    (&plate.text, plate.p)
}

#[test]
fn two_cameras_disagree_and_voting_settles() {
    let mut depot = Depot::new();
    // One reads wrong what it half sees, and speaks twice as often; the other sees well.
    let often = doubtful("Clow", "T1", 12.0, (WRONG, 0.6), (RIGHT, 0.35));
    let well = plate("Chigh", "T1", 23.0, RIGHT, 0.95);
    depot.stand_and_read(10.0, &[("T1", 10.0)], std::slice::from_ref(&often));
    assert_eq!(number(&depot.on("T1").unwrap()).0, WRONG);
    depot.stand_and_read(10.0, &[("T1", 10.0)], &[often, well]);
    let settled = depot.on("T1").unwrap();
    assert_eq!(number(&settled).0, RIGHT);
    assert!(
        number(&settled).1 < 0.9,
        "a contradiction leaves doubt: {:?}",
        settled.plate
    );
}

#[test]
fn marks_and_parts_of_numbers_do_not_outvote_a_number() {
    let mut depot = Depot::new();
    let stranger = |camera, text, p| PlateReport {
        scheme: None,
        valid: None,
        ..plate(camera, "T1", 15.0, text, p)
    };
    let readings = [
        plate("Cfar", "T1", 12.0, RIGHT, 0.97),
        stranger("Cfar", "6", 0.9),
        stranger("Clow", "103702", 0.95),
        stranger("Chigh", "7", 0.9),
    ];
    depot.stand_and_read(20.0, &[("T1", 10.0)], &readings);
    let machine = depot.on("T1").unwrap();
    assert_eq!(number(&machine).0, RIGHT);
}

#[test]
fn later_readings_of_the_same_camera_correct_an_early_one() {
    let mut depot = Depot::new();
    depot.stand_and_read(
        20.0,
        &[("T1", 10.0)],
        &[plate("Clow", "T1", 12.0, WRONG, 0.9)],
    );
    assert_eq!(number(&depot.on("T1").unwrap()).0, WRONG);
    depot.stand_and_read(
        10.0,
        &[("T1", 10.0)],
        &[plate("Clow", "T1", 12.0, RIGHT, 0.9)],
    );
    let now = depot.on("T1").unwrap();
    assert_eq!(number(&now).0, RIGHT);
    assert!(number(&now).1 > 0.8, "{:?}", now.plate);
}

#[test]
fn who_moved_while_no_camera_looked_is_known_again_by_its_number() {
    let mut depot = Depot::new();
    let readings = |track, low: f64| [plate("Cfar", track, low + 3.0, RIGHT, 0.97)];
    depot.stand_and_read(10.0, &[("T1", 10.0)], &readings("T1", 10.0));
    let before = depot.on("T1").unwrap();
    assert_eq!(number(&before).0, RIGHT);
    // All cameras are blind for 30 s; when they see again, it stands on the other track.
    depot.frame += 150;
    depot.stand(3.0, &[("T2", 30.0)]);
    depot.stand_and_read(15.0, &[("T2", 30.0)], &readings("T2", 30.0));
    let after = depot.on("T2").unwrap();
    assert_eq!(after.id, before.id, "{:#?}", depot.state());
    assert_eq!(number(&after).0, RIGHT);
    assert_eq!(depot.on("T1"), None);
}

#[test]
fn who_left_and_comes_back_is_known_again_among_others_alike() {
    let mut depot = Depot::new();
    let other = "10370344";
    let one = plate("Cfar", "T1", 13.0, RIGHT, 0.97);
    let two = plate("Cfar", "T2", 13.0, other, 0.97);
    depot.stand_and_read(10.0, &[("T1", 10.0), ("T2", 10.0)], &[one, two]);
    let name = depot.on("T1").unwrap().id;
    // Both leave through the low gates.
    for step in 0..200 {
        let low = 10.0 - 0.3 * f64::from(step);
        if low > -18.0 {
            depot.stand(0.2, &[("T1", low), ("T2", low)]);
        }
    }
    depot.stand(15.0, &[]);
    assert_eq!(depot.state().locomotives, []);
    // One comes back: by its length it may be either.
    for step in 0..100 {
        depot.stand(0.2, &[("T2", (-16.0 + 0.3 * f64::from(step)).min(12.0))]);
    }
    depot.stand_and_read(
        8.0,
        &[("T2", 12.0)],
        &[plate("Cfar", "T2", 15.0, RIGHT, 0.97)],
    );
    let back = depot.on("T2").unwrap();
    assert_eq!(number(&back).0, RIGHT);
    assert_eq!(back.id, name);
}

#[test]
fn one_number_on_two_tracks_is_doubted_on_both_and_said() {
    let mut depot = Depot::new();
    let machines = [("T1", 10.0), ("T2", 20.0)];
    let first = plate("Cfar", "T1", 13.0, RIGHT, 0.97);
    let second = plate("Clow", "T2", 23.0, RIGHT, 0.8);
    depot.stand_and_read(10.0, &machines, std::slice::from_ref(&first));
    let alone = depot.on("T1").unwrap();
    assert!(number(&alone).1 > 0.9 && alone.plate.as_ref().unwrap().contested_by.is_empty());
    depot.stand_and_read(10.0, &machines, &[first.clone(), second]);
    let (one, two) = (depot.on("T1").unwrap(), depot.on("T2").unwrap());
    assert_ne!(one.id, two.id);
    for (this, other) in [(&one, &two), (&two, &one)] {
        let plate = this.plate.as_ref().unwrap();
        assert_eq!(plate.text, RIGHT);
        assert_eq!(plate.contested_by, [other.id.as_str()]);
        assert!(plate.p < 0.6, "{plate:?}");
    }
    // A clearer look ends it.
    let third = plate("Clow", "T2", 23.0, "10370344", 0.95);
    depot.stand_and_read(20.0, &machines, &[first, third]);
    let (one, two) = (depot.on("T1").unwrap(), depot.on("T2").unwrap());
    assert_eq!((number(&one).0, number(&two).0), (RIGHT, "10370344"));
    assert!(one.plate.as_ref().unwrap().contested_by.is_empty() && number(&one).1 > 0.9);
}
