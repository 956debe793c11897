// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a good facility file becomes.
#![allow(clippy::unwrap_used, clippy::float_cmp)] // a test that cannot go on shall stop; all figures here are exact

use roundhouse_facility::{Facility, Gates};

/// The example of `docs/facility.md`, part of which fusion reads.
const SITE: &str = r#"
facility = "hall-a"
locomotive_length = [14.0, 36.0]
[[track]]
id = "T1"
length = 120.5
gates = ["low"]
[[track]]
id = "T2"
plan = [[0, 6], [30, 6], [60, 10]]
gates = ["low", "high"]
[[camera]]
id = "C01"
rate = 2.0
source = 7
covers = [ { track = "T1", from = 3.2, to = 31.0, detection = 0.95, sigma_systematic = 0.2 } ]
[[camera]]
id = "C02"
covers = [ { track = "T2", from = 0, to = 9 } ]
[[model]]
name = "A15"
length = 15.2
"#;

#[test]
fn keys_become_fields() {
    let facility = Facility::parse(SITE, "site").unwrap();
    assert_eq!(
        (facility.name.as_str(), facility.locomotive_length),
        ("hall-a", (14.0, 36.0))
    );
    let (first, second) = (facility.track("T1").unwrap(), facility.track("T2").unwrap());
    assert_eq!(
        (first.length, first.gates, &first.plan),
        (
            120.5,
            Gates {
                low: true,
                high: false
            },
            &None
        )
    );
    assert_eq!(
        second.gates,
        Gates {
            low: true,
            high: true
        }
    );
    assert_eq!(second.length, 30.0 + 30.0_f64.hypot(4.0));
    let camera = facility.camera("C01").unwrap();
    assert_eq!((camera.source, camera.rate, camera.image), (7, 2.0, None));
    let cover = &camera.covers[0];
    assert_eq!((cover.from, cover.to, cover.side), (3.2, 31.0, None));
    assert_eq!((cover.detection, cover.sigma_systematic), (0.95, 0.2));
    let other = facility.camera("C02").unwrap();
    assert_eq!((other.source, other.rate), (1, 5.0));
    assert_eq!(
        (other.covers[0].detection, other.covers[0].sigma_systematic),
        (0.9, 0.15)
    );
    assert_eq!(facility.model("A15").unwrap().length, 15.2);
    assert!(
        facility.track("T9").is_none()
            && facility.camera("C9").is_none()
            && facility.model("X").is_none()
    );
    assert_eq!(facility.warnings, []);
}

#[test]
fn lengths_default() {
    let facility = Facility::parse(
        "facility = \"a\"\n[[track]]\nid = \"T\"\nlength = 9",
        "site",
    )
    .unwrap();
    assert_eq!(facility.locomotive_length, (14.0, 36.0));
}

#[test]
fn the_time_zone_is_kept_as_written() {
    let text = "facility = 'a'\ntimezone = 'Europe/Berlin'\n[[track]]\nid = 'T'\nlength = 9";
    let facility = Facility::parse(text, "site").unwrap();
    assert_eq!(facility.timezone.as_deref(), Some("Europe/Berlin"));
    assert_eq!(facility.warnings, []);
    assert_eq!(Facility::parse(SITE, "site").unwrap().timezone, None);
}

#[test]
fn a_track_without_plan_is_its_own_axis() {
    let facility = Facility::parse(SITE, "site").unwrap();
    let track = facility.track("T1").unwrap();
    assert_eq!(
        (
            track.point(5.0),
            track.tangent(5.0),
            track.nearest([4.0, -1.0])
        ),
        ([5.0, 0.0], [1.0, 0.0], (4.0, -1.0))
    );
}

#[test]
fn the_numbering_as_written() {
    let text = "facility = \"a\"\n[[track]]\nid = \"T1\"\nlength = 60\n[numbering]\nschemes = [\"uic_short\"]\nroster = \"roster.csv\"\n\
                [[numbering.scheme]]\nid = \"works\"\npattern = '{words} \\d{2}-\\d'\nwords = [\"W\"]\ncheck = \"luhn\"\nlog_prior = -1\n";
    let facility = Facility::parse(text, "site").unwrap();
    let numbering = facility.numbering.unwrap();
    assert_eq!(numbering.schemes.unwrap()[0].name, "uic_short");
    let roster = numbering.roster.unwrap();
    assert_eq!((roster.name.as_str(), roster.line), ("roster.csv", 7));
    assert_eq!(numbering.unexpected, 0.05);
    let own = &numbering.own[0];
    assert_eq!(own.pattern, r"{words} \d{2}-\d");
    assert_eq!((own.check.as_deref(), own.log_prior), (Some("luhn"), -1.0));
    assert_eq!((own.words.len(), own.line), (1, 8));
}

#[test]
fn no_numbering_is_none() {
    assert_eq!(Facility::parse(SITE, "site").unwrap().numbering, None);
}
