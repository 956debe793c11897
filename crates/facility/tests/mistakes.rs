// SPDX-License-Identifier: MIT OR Apache-2.0
//! Everything that can be wrong with a facility file is said, all at once, with line and remedy.
#![allow(clippy::unwrap_used)] // a test that cannot go on shall stop

use roundhouse_facility::Facility;

/// Two tracks, so that a test's own text starts in line 8.
const TRACKS: &str = r#"facility = "hall-a"
[[track]]
id = "T1"
plan = [[0, 0], [60, 0]]
[[track]]
id = "T2"
length = 60
"#;

fn mistakes(text: &str) -> Vec<String> {
    let errors = Facility::parse(text, "hall.toml").unwrap_err();
    errors.to_string().lines().map(str::to_owned).collect()
}

/// What is wrong with the two tracks followed by `text`.
fn mistakes_after_tracks(text: &str) -> Vec<String> {
    mistakes(&format!("{TRACKS}{text}"))
}

/// What is wrong with a calibration of the given marks.
fn mistakes_of_marks(marks: &[&str]) -> Vec<String> {
    let marks = format!("  {{ {} }},\n", marks.join(" },\n  { "));
    let camera = "[[camera]]\nid = \"C1\"\nimage = [960, 540]\n[camera.calibration]\nmarks = [\n";
    mistakes_after_tracks(&format!("{camera}{marks}]\n"))
}

fn warnings(text: &str) -> Vec<String> {
    let facility = Facility::parse(&format!("{TRACKS}{text}"), "hall.toml").unwrap();
    facility.warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn a_file_that_is_not_there() {
    let errors = Facility::load(std::path::Path::new("nowhere/facility.toml"))
        .unwrap_err()
        .to_string();
    assert!(
        errors.starts_with("nowhere/facility.toml: cannot be read: "),
        "{errors}"
    );
}

#[test]
fn no_toml() {
    let found = mistakes("facility = \"a\"\n[[track\n");
    assert!(found[0].starts_with("hall.toml:2: no TOML: "), "{found:?}");
}

#[test]
fn an_empty_file() {
    assert_eq!(
        mistakes(""),
        [
            "hall.toml:1: facility: is missing; add facility = \"NAME\" at the top",
            "hall.toml:1: there is no track; add [[track]] with id and length",
        ]
    );
}

#[test]
fn all_mistakes_at_once_in_the_order_of_their_lines() {
    let text = r#"facility = ""
locomotive_length = [36, 14]
[[track]]
length = -5
gates = ["lwo", "north"]
[[track]]
id = "T2"
plan = [[0, 0]]
[[track]]
id = "T3"
[[track]]
id = "T4"
length = 70
plan = [[0, 0], [60, 0]]
[[track]]
id = "T4"
plan = [[0, 0], [9, 0], [9, 0]]
[[model]]
name = "A15"
length = "long"
"#;
    assert_eq!(
        mistakes(text),
        [
            "hall.toml:1: facility: is the text '', expected a name in quotes",
            "hall.toml:2: locomotive_length: is [36, 14], expected the shortest first",
            "hall.toml:3: track[0].id: is missing; add id = \"NAME\"",
            "hall.toml:4: track[0].length: is -5, expected metres above 0, at most 10000",
            "hall.toml:5: track[0].gates[0]: 'lwo' is no end of a track; did you mean 'low'?",
            "hall.toml:5: track[0].gates[1]: 'north' is no end of a track; known: low, high",
            "hall.toml:8: track[1].plan: has 1 point(s), expected at least 2",
            "hall.toml:9: track[2]: has neither length nor plan; add length = METRES, or plan = [[x, y], [x, y]]",
            "hall.toml:13: track[3].length: is 70, but the plan is 60.000 m long; leave length out, or correct one",
            "hall.toml:16: track[4].id: 'T4' is the track of line 12 already; give each its own name",
            "hall.toml:17: track[4].plan: has point 2 twice in a row; remove one",
            "hall.toml:20: model[0].length: is the text 'long', expected metres above 0",
        ]
    );
}

#[test]
fn lengths_in_millimetres() {
    assert_eq!(
        mistakes("facility = \"a\"\n[[track]]\nid = \"T1\"\nplan = [[0, 0], [60500, 0]]\n"),
        ["hall.toml:4: track[0].plan: is 60500 m long, expected at most 10000; is it in metres?"]
    );
}

#[test]
fn cameras_and_what_they_refer_to() {
    let text = r#"[[camera]]
id = "C1"
rate = 0
source = -1
covers = [
  { track = "T9", from = 0, to = 10 },
  { track = "T1", from = 10, to = 10, detection = 1.5, side = "left" },
  { from = nan, to = "x", sigma_systematic = 0 },
]
[[camera]]
id = "C1"
tracks = ["T1", "t3"]
covers = 7
[[camera]]
id = "C3"
image = [960]
covers = []
[[camera.mask]]
polygon = [[0, 0], [10, 10]]
"#;
    assert_eq!(
        mistakes_after_tracks(text),
        [
            "hall.toml:10: camera[0].rate: is 0, expected frames per second above 0",
            "hall.toml:11: camera[0].source: is -1, expected a whole number from 0",
            "hall.toml:13: camera[0].covers[0].track: there is no track 'T9'; did you mean 'T1'?",
            "hall.toml:14: camera[0].covers[1].to: is 10, expected more than from (10)",
            "hall.toml:14: camera[0].covers[1].side: 'left' is no side; known: low, high",
            "hall.toml:14: camera[0].covers[1].detection: is 1.5, expected a probability above 0, at most 1",
            "hall.toml:15: camera[0].covers[2].track: is missing; add track = \"ID\"",
            "hall.toml:15: camera[0].covers[2].from: is NaN, expected a number",
            "hall.toml:15: camera[0].covers[2].to: is the text 'x', expected a number",
            "hall.toml:15: camera[0].covers[2].sigma_systematic: is 0, expected metres above 0",
            "hall.toml:18: camera[1].id: 'C1' is the camera of line 9 already; give each its own name",
            "hall.toml:19: camera[1].tracks[1]: there is no track 't3'; did you mean 'T1'?",
            "hall.toml:20: camera[1].covers: is 7, expected a list of tables",
            "hall.toml:23: camera[2].image: is a list, expected [width, height] in pixels, two values",
            "hall.toml:26: camera[2].mask[0].polygon: has 2 corners, expected at least 3",
        ]
    );
}

#[test]
fn cameras_that_share_a_source() {
    let camera =
        |id, source| format!("[[camera]]\nid = \"{id}\"\nsource = {source}\ncovers = []\n");
    assert_eq!(
        mistakes_after_tracks(&(camera("C1", 1) + &camera("C2", 1))),
        [
            "hall.toml:12: camera[1]: has source 1, and so has camera 'C1'; \
             give each its own, or leave source out in all of them"
        ]
    );
}

#[test]
fn a_calibration_without_an_image() {
    assert_eq!(
        mistakes_after_tracks("[[camera]]\nid = \"C1\"\n[camera.calibration]\nmarks = []\n"),
        [
            "hall.toml:10: camera[0].calibration: needs the size of the image; \
             add image = [WIDTH, HEIGHT] in pixels to the camera"
        ]
    );
}

#[test]
fn a_calibration_of_a_track_without_plan() {
    let text = "[[camera]]\nid = \"C1\"\nimage = [960, 540]\ntracks = [\"T2\"]\n[camera.calibration]\nmarks = [\n\
        { px = [300, 400], plan = [2, 2] }, { px = [600, 400], plan = [2, -2] },\n\
        { px = [400, 200], plan = [20, 2] }, { px = [540, 200], plan = [20, -2] } ]\n";
    assert_eq!(
        mistakes_after_tracks(text),
        [
            "hall.toml:12: camera[0].calibration: needs the plan of track 'T2'; add plan = [[x, y], [x, y]] in metres to it"
        ]
    );
}

#[test]
fn marks_that_are_no_marks() {
    assert_eq!(
        mistakes_of_marks(&[
            "px = [1, 2, 3], plan = [0, 0]",
            "px = [961, 0], plan = [0, \"a\"]",
            "z = true"
        ]),
        [
            "hall.toml:13: camera[0].calibration.marks[0].px: is a list, expected [u, v] in pixels, two values",
            "hall.toml:14: camera[0].calibration.marks[1].px: [961, 0] lies outside the image of 960 x 540 pixels",
            "hall.toml:14: camera[0].calibration.marks[1].plan[1]: is the text 'a', expected a number",
            "hall.toml:15: camera[0].calibration.marks[2].px: is missing; add px = [u, v]",
            "hall.toml:15: camera[0].calibration.marks[2].plan: is missing; add plan = [x, y] in metres",
            "hall.toml:15: camera[0].calibration.marks[2].z: is true, expected a number",
        ]
    );
}

const FEW: &str = "expected at least 4 of one height (on the rails: z = 0), or at least 6 of different heights; measure more";

#[test]
fn too_few_marks() {
    let three = [
        "px = [300, 400], plan = [2, 2]",
        "px = [600, 400], plan = [2, -2]",
        "px = [400, 200], plan = [20, 2]",
    ];
    assert_eq!(
        mistakes_of_marks(&three),
        [format!(
            "hall.toml:12: camera[0].calibration.marks: has 3 marks, {FEW}"
        )]
    );
    let heights: Vec<String> = (0..5)
        .map(|z| format!("px = [{z}, 7], plan = [2, {z}], z = {z}"))
        .collect();
    let heights: Vec<&str> = heights.iter().map(String::as_str).collect();
    assert_eq!(
        mistakes_of_marks(&heights),
        [format!(
            "hall.toml:12: camera[0].calibration.marks: has 5 marks, {FEW}"
        )]
    );
}

#[test]
fn marks_on_one_line() {
    let one_rail = [
        "px = [300, 400], plan = [2, 2]",
        "px = [350, 300], plan = [6, 2]",
        "px = [380, 240], plan = [12, 2]",
    ];
    let problem = "hall.toml:12: camera[0].calibration.marks: marks lie on one line (or all but one do); \
                   add marks beside it, for example on the next rail";
    let with = |last| [one_rail[0], one_rail[1], one_rail[2], last];
    assert_eq!(
        mistakes_of_marks(&with("px = [400, 200], plan = [20, 2]")),
        [problem]
    );
    assert_eq!(
        mistakes_of_marks(&with("px = [600, 400], plan = [2, -2]")),
        [problem]
    );
}

#[test]
fn marks_on_one_line_of_the_image() {
    let marks = [
        "px = [100, 200], plan = [2, 2]",
        "px = [200, 200], plan = [2, -2]",
        "px = [300, 200], plan = [20, 2]",
        "px = [400, 200], plan = [20, -2]",
    ];
    assert_eq!(
        mistakes_of_marks(&marks),
        [
            "hall.toml:12: camera[0].calibration.marks: marks lie on one line in the image (or all but one do); \
             check their pixels"
        ]
    );
}

#[test]
fn marks_that_belong_to_no_camera() {
    let marks = [
        "px = [300, 400], plan = [20, -2]",
        "px = [600, 420], plan = [2, 2]",
        "px = [400, 200], plan = [2, -2]",
        "px = [540, 210], plan = [20, 2]",
        "px = [100, 100], plan = [10, 5]",
    ];
    let found = mistakes_of_marks(&marks);
    assert_eq!(found.len(), 1, "{found:?}");
    let place = "hall.toml:12: camera[0].calibration.marks: marks ";
    assert!(
        found[0].starts_with(&format!("{place}are off by"))
            || found[0].starts_with(&format!("{place}fit no")),
        "{found:?}"
    );
}

#[test]
fn a_mirrored_plan() {
    // What a camera at (-8, 0, 6) looking along x sees, with y to the right.
    let marks = [
        "px = [270.0, 480.0], plan = [2, -3]",
        "px = [690.0, 480.0], plan = [2, 3]",
        "px = [400.0, 200.0], plan = [20, -3]",
        "px = [560.0, 200.0], plan = [20, 3]",
    ];
    assert_eq!(
        mistakes_of_marks(&marks),
        [
            "hall.toml:12: camera[0].calibration.marks: marks put the camera below the rails; the plan's axes must be \
             right-handed (x ahead, y to the left, z up): is y mirrored?"
        ]
    );
}

#[test]
fn a_view_that_leaves_the_focal_length_open() {
    // Straight down: any height explains the marks with its own focal length.
    let marks = [
        "px = [380, 170], plan = [1, 1]",
        "px = [580, 170], plan = [1, -1]",
        "px = [380, 370], plan = [-1, 1]",
        "px = [580, 370], plan = [-1, -1]",
    ];
    assert_eq!(
        mistakes_of_marks(&marks),
        [
            "hall.toml:12: camera[0].calibration.marks: marks leave the focal length open; \
             give focal_px, or add marks of other heights (z)"
        ]
    );
}

#[test]
fn unknown_keys_are_warned_about() {
    let text = "colour = 1\n[[camera]]\nid = \"C1\"\ncovers = [{ track = \"T1\", from = 0, to = 9, form = 1 }]\nimgae = [1, 1]\n";
    assert_eq!(
        warnings(text),
        [
            "8: track[1].colour: is unknown and ignored; known: id, plan, length, gates",
            "11: camera[0].covers[0].form: is unknown and ignored; did you mean 'from'?",
            "12: camera[0].imgae: is unknown and ignored; did you mean 'image'?",
        ]
    );
}

#[test]
fn a_camera_that_sees_nothing_is_warned_about() {
    assert_eq!(
        warnings("[[camera]]\nid = \"C1\"\n"),
        ["8: camera[0]: has neither covers nor calibration and sees nothing; add one of them"]
    );
}

/// Whatever is exchanged in a good file, it is read or refused with at least one mistake, and never panics or hangs.
#[test]
fn any_slip_is_survived() {
    let good = format!(
        "{TRACKS}[[camera]]\nid = \"C1\"\nimage = [960, 540]\ntracks = [\"T1\"]\n[camera.lens]\nk1 = -0.1\n\
         [camera.calibration]\nmarks = [{{ px = [300, 400], plan = [2, 2] }}, {{ px = [600, 400], plan = [2, -2] }},\n\
         {{ px = [400, 200], plan = [20, 2] }}, {{ px = [540, 200], plan = [20, -2], z = 0 }}]\n"
    );
    let slips = [
        "", "-", "9e307", "inf", "nan", "\"", "[", "]", "0", "true", "e300", ".", "\u{fc}",
    ];
    for at in (0..good.len())
        .step_by(3)
        .filter(|&at| good.is_char_boundary(at))
    {
        for slip in slips {
            let text = format!("{}{slip}{}", &good[..at], &good[at + 1..]);
            if let Err(errors) = Facility::parse(&text, "hall.toml") {
                assert!(!errors.mistakes.is_empty(), "{text}");
            }
        }
    }
}

#[test]
fn mistakes_of_the_numbering() {
    let found = mistakes_after_tracks(
        "[numbering]\nschemes = [\"uic_short\", 5]\nroster = \"\"\nunexpected = 1.5\n\
         [[numbering.scheme]]\nid = \"a\"\ncheck = 3\nlog_prior = 2\n\
         [[numbering.scheme]]\nid = \"a\"\npattern = '\\d'\nwords = \"x\"\n",
    );
    let expected = [
        "hall.toml:9: numbering.schemes[1]: is 5, expected a name in quotes",
        "hall.toml:10: numbering.roster: is the text '', expected a name in quotes",
        "hall.toml:11: numbering.unexpected: is 1.5, expected a probability above 0 and below 1",
        "hall.toml:12: numbering.scheme[0].pattern: is missing; add pattern = 'REGULAR EXPRESSION'",
        "hall.toml:14: numbering.scheme[0].check: is 3, expected a name in quotes",
        "hall.toml:15: numbering.scheme[0].log_prior: is 2, expected a number from -20 to 0",
        "hall.toml:17: numbering.scheme[1].id: 'a' is the scheme of line 13 already; give each its own name",
        "hall.toml:19: numbering.scheme[1].words: is the text 'x', expected a list of names",
    ];
    assert_eq!(found, expected);
}

#[test]
fn odd_keys_of_the_numbering() {
    assert_eq!(
        warnings("[numbering]\nrooster = \"r.csv\"\n"),
        ["9: numbering.rooster: is unknown and ignored; did you mean 'roster'?"]
    );
}
