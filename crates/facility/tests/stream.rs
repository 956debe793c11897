// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where the pictures of cameras come from, and what is said of addresses that cannot be used.
#![allow(clippy::unwrap_used)] // a test that cannot go on shall stop

use std::path::PathBuf;

use roundhouse_facility::Facility;

/// One track, so that the lines of a camera start in line 5.
const TRACK: &str = "facility = \"hall-a\"\n[[track]]\nid = \"T1\"\nplan = [[0, 0], [60, 0]]\n";
const COVERS: &str = "covers = [{ track = \"T1\", from = 0, to = 60 }]\n";

/// A facility in /site with one camera that has these keys.
fn with_camera(keys: &str) -> Result<Facility, String> {
    let text = format!("{TRACK}[[camera]]\nid = \"C1\"\n{keys}{COVERS}");
    Facility::parse(&text, "/site/hall.toml").map_err(|errors| errors.to_string())
}

fn mistake(keys: &str) -> String {
    with_camera(keys).unwrap_err()
}

#[test]
fn an_address_and_where_its_password_is_kept() {
    let facility =
        with_camera("uri = \"rtsp://[fe80::1]:554/a?b=c\"\ncredentials = \"env:CAMERA_1\"\n")
            .unwrap();
    let camera = facility.camera("C1").unwrap();
    assert_eq!(camera.uri.as_deref(), Some("rtsp://[fe80::1]:554/a?b=c"));
    assert_eq!(camera.credentials.as_deref(), Some("env:CAMERA_1"));
    assert_eq!(facility.warnings, []);
}

#[test]
fn files_count_from_the_folder_of_the_facility_file() {
    let facility = with_camera(
        "uri = \"http://camera/mjpeg\"\ncredentials = \"file:secrets/c1\"\n[[camera]]\nid = \"C2\"\nuri = \"file:C2.mp4\"\n",
    )
    .unwrap();
    let [first, second] = facility.cameras.as_slice() else {
        panic!("two cameras are expected");
    };
    assert_eq!(first.credentials.as_deref(), Some("file:/site/secrets/c1"));
    assert_eq!(second.uri.as_deref(), Some("file:///site/C2.mp4"));
}

#[test]
fn a_password_in_an_address_is_refused_with_line_and_remedy() {
    let said = mistake("rate = 5\nuri = \"rtsp://admin:hidden@camera-1/stream\"\n");
    assert!(
        said.starts_with("/site/hall.toml:8: camera[0].uri: holds a password")
            && said.contains("credentials = \"env:NAME\""),
        "{said}"
    );
    assert!(!said.contains("hidden"), "{said}");
}

#[test]
fn an_unknown_scheme_is_named_with_its_line() {
    assert_eq!(
        mistake("uri = \"rstp://camera-1/stream\"\n"),
        "/site/hall.toml:7: camera[0].uri: has the unknown scheme 'rstp'; did you mean 'rtsp'?"
    );
}

#[test]
fn credentials_are_a_reference() {
    let said = mistake("uri = \"rtsp://camera\"\ncredentials = \"admin:hidden\"\n");
    assert!(
        said.starts_with("/site/hall.toml:8: camera[0].credentials: is no reference"),
        "{said}"
    );
    assert!(!said.contains("hidden"), "{said}");
    let said = mistake("uri = \"rtsp://me@camera\"\ncredentials = \"env:X\"\n");
    assert!(said.contains("take the user out of uri"), "{said}");
}

#[test]
fn what_is_odd_is_warned_about() {
    let warning = |keys| with_camera(keys).unwrap().warnings[0].to_string();
    let said = warning("uri = \"http://camera/snap?user=me&password=x\"\n");
    assert!(
        said.starts_with("7: camera[0].uri: holds a secret"),
        "{said}"
    );
    let said = warning("credentials = \"env:X\"\n");
    assert!(said.contains("of no use without a uri"), "{said}");
}

#[test]
fn a_calibration_names_its_reference_picture() {
    let marks = "{ px = [735.9, 453.8], plan = [1.994, -0.988] }, { px = [360.9, 454.9], plan = [1.993, 5.0] }, \
                 { px = [595.2, 391.0], plan = [3.989, 0.984] }, { px = [323.9, 305.6], plan = [8.019, 7.011] }, \
                 { px = [626.6, 250.3], plan = [12.005, -0.994] }, { px = [392.6, 187.8], plan = [19.999, 7.001] }";
    let facility = with_camera(&format!(
        "image = [960, 540]\nlens = {{ k1 = -0.08 }}\ncalibration = {{ focal_px = 689.7, marks = [{marks}], reference = \"reference/C1.png\" }}\n"
    ))
    .unwrap();
    assert_eq!(
        facility.cameras[0].reference,
        Some(PathBuf::from("/site/reference/C1.png"))
    );
    assert_eq!(facility.warnings, []);
}
