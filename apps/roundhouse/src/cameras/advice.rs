// SPDX-License-Identifier: MIT OR Apache-2.0
//! What to set, at the camera or in the facility file.

use std::path::{Path, PathBuf};

use facility::Camera;

use super::finding::{Clock, Finding};
use super::target::Site;

/// A rate that differs by more than this share from the facility file's is worth a word.
const RATE_TOLERANCE: f64 = 0.2;
/// Key pictures farther apart than this make a camera that was away late, seconds.
const KEY_DISTANCE: f64 = 2.0;
/// `camerasrc` takes a camera for stalled after so long without a picture, seconds.
const STALL_TIMEOUT: f64 = 5.0;
/// `camerasrc` waits so long for the first data, seconds.
const CONNECT_TIMEOUT: f64 = 5.0;

/// What to set for a camera; `site` is what the facility file says of it.
pub fn advice(finding: &Finding, site: Option<&Site>) -> Vec<String> {
    if finding.problem.is_some() {
        return Vec::new();
    }
    let general = [
        key_distance(finding),
        clock(finding),
        slow(finding),
        late(finding),
    ];
    let of_site = site.map(|site| {
        [
            rate(finding, &site.camera),
            size(finding, &site.camera),
            reference(finding, site),
        ]
    });
    let of_site = of_site.into_iter().flatten();
    general.into_iter().chain(of_site).flatten().collect()
}

/// Key pictures that are rare; those of a file stay as they are.
fn key_distance(finding: &Finding) -> Option<String> {
    if finding.clock == Clock::File {
        return None;
    }
    let found = match finding.key_distance_s {
        Some(distance) if distance > KEY_DISTANCE => format!("{distance:.1} s apart"),
        None if finding.measured_s > KEY_DISTANCE => {
            format!("more than {:.0} s apart", finding.measured_s)
        }
        _ => return None,
    };
    Some(format!(
        "key pictures are {found}: set the camera's key frame interval to 1 or 2 s, because a camera that was away shows nothing before one"
    ))
}

/// A clock that is wrong or not told.
fn clock(finding: &Finding) -> Option<String> {
    match (finding.clock, finding.clock_offset_s) {
        (Clock::Implausible, Some(offset)) => Some(format!(
            "its clock is {offset:.1} s off and is not used: set the camera to a time server (NTP)"
        )),
        (Clock::Arrival, _) if finding.uri.as_ref().is_some_and(|uri| uri.starts_with("rtsp")) => {
            Some(
                "it told no time of its own (RTCP sender report) while it was measured: its pictures are dated when they arrive; \
                 measure for longer with --duration 30s"
                    .to_owned(),
            )
        }
        _ => None,
    }
}

/// A camera so slow that it would be taken for stalled.
fn slow(finding: &Finding) -> Option<String> {
    let distance = 1.0 / finding.rate?;
    (2.0 * distance > STALL_TIMEOUT).then(|| {
        format!(
            "its pictures are {distance:.1} s apart: set stall-timeout={:.0}000000000 at its camerasrc",
            (3.0 * distance).ceil()
        )
    })
}

/// A camera whose first picture comes late.
fn late(finding: &Finding) -> Option<String> {
    let first = finding.first_picture_s?;
    (first > CONNECT_TIMEOUT).then(|| {
        format!(
            "its first picture came after {first:.1} s: set connect-timeout={:.0}000000000 at its camerasrc",
            (2.0 * first).ceil()
        )
    })
}

/// A rate that is not the facility file's.
fn rate(finding: &Finding, camera: &Camera) -> Option<String> {
    let rate = finding.rate?;
    let expected = camera.rate;
    if rate > expected * (1.0 + RATE_TOLERANCE) {
        Some(format!(
            "it sends {rate:.1} pictures a second and {expected} are used: set the camera to {expected}, or rate = {rate:.0} in its [[camera]]"
        ))
    } else if rate < expected * (1.0 - RATE_TOLERANCE) {
        Some(format!(
            "it sends {rate:.1} pictures a second and {expected} are expected: set rate = {rate:.1} in its [[camera]], or the camera to {expected}"
        ))
    } else {
        None
    }
}

/// A size that is not the facility file's.
fn size(finding: &Finding, camera: &Camera) -> Option<String> {
    let (width, height) = finding.size?;
    let (width, height) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    let Some(image) = camera.image else {
        return Some(format!(
            "the size of its pictures is not in the facility file: add image = [{width}, {height}] to its [[camera]]"
        ));
    };
    if image == (width, height) {
        return None;
    }
    let same_shape =
        u64::from(image.0) * u64::from(height) == u64::from(image.1) * u64::from(width);
    let remedy = if same_shape {
        "the shape is the same, so its metres stay right; set the camera to the size of the facility file to be sure"
    } else {
        "the shape differs, so its metres are wrong: set the camera to the size of the facility file, or calibrate it anew"
    };
    Some(format!(
        "its pictures are {width}x{height}, in the facility file {}x{}: {remedy}",
        image.0, image.1
    ))
}

/// A reference picture that was written and is not named yet.
fn reference(finding: &Finding, site: &Site) -> Option<String> {
    let written = finding.reference.as_ref()?;
    let is_open = site.camera.calibration.is_some() && site.camera.reference.is_none();
    is_open.then(|| {
        format!(
            "so that it is said when the camera was moved: set reference = \"{}\" in its [camera.calibration]",
            named_from(&site.folder, written).display()
        )
    })
}

/// The name of `path` for a file in `folder`: without the folder if it lies in there, else the whole path.
fn named_from(folder: &Path, path: &Path) -> PathBuf {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let path = whole(path);
    // An empty path has no whole one.
    let folder = whole(&folder.join("."));
    match path.strip_prefix(&folder) {
        Ok(inside) => inside.to_owned(),
        Err(_) => path,
    }
}

#[cfg(test)]
mod tests {
    use facility::Facility;

    use super::*;

    fn good() -> Finding {
        Finding {
            camera: "C1".into(),
            uri: Some("rtsp://camera-1/s".into()),
            size: Some((960, 540)),
            rate: Some(5.01),
            key_distance_s: Some(1.0),
            measured_s: 6.0,
            clock: Clock::Rtcp,
            clock_offset_s: Some(-0.2),
            first_picture_s: Some(0.5),
            ..Finding::default()
        }
    }

    fn site() -> Site {
        let text = "facility = \"a\"\n[[track]]\nid = \"T1\"\nlength = 60\n[[camera]]\nid = \"C1\"\nrate = 5\nimage = [960, 540]\n";
        Site {
            camera: Facility::parse(text, "a.toml").unwrap().cameras.remove(0),
            folder: PathBuf::from("/site"),
        }
    }

    fn said(finding: &Finding) -> String {
        advice(finding, Some(&site())).join("\n")
    }

    #[test]
    fn a_good_camera_needs_nothing() {
        assert_eq!(said(&good()), "");
    }

    #[test]
    fn each_oddity_has_its_remedy() {
        type Change = fn(&mut Finding);
        let cases: [(Change, &str); 9] = [
            (|f| f.key_distance_s = Some(10.0), "10.0 s apart"),
            (|f| f.key_distance_s = None, "more than 6 s apart"),
            (
                |f| (f.clock, f.clock_offset_s) = (Clock::Implausible, Some(3600.0)),
                "time server",
            ),
            (|f| f.clock = Clock::Arrival, "--duration 30s"),
            (|f| f.rate = Some(25.0), "set the camera to 5"),
            (|f| f.rate = Some(0.1), "stall-timeout=30000000000"),
            (|f| f.rate = Some(2.0), "rate = 2.0"),
            (|f| f.size = Some((1280, 720)), "the shape is the same"),
            (|f| f.size = Some((640, 480)), "its metres are wrong"),
        ];
        for (change, expected) in cases {
            let mut finding = good();
            change(&mut finding);
            let said = said(&finding);
            assert!(said.contains(expected), "{said:?} lacks {expected:?}");
        }
    }

    #[test]
    fn a_reference_is_named_from_the_folder_of_the_facility_file() {
        let named = |folder: &str, path: &str| named_from(Path::new(folder), Path::new(path));
        assert_eq!(
            named("/site", "/site/reference/C1.png"),
            Path::new("reference/C1.png")
        );
        assert_eq!(named("", "reference/C1.png"), Path::new("reference/C1.png"));
        assert_eq!(named("/site", "/other/C1.png"), Path::new("/other/C1.png"));
    }

    #[test]
    fn a_camera_that_failed_gets_its_problem_only() {
        let mut finding = good();
        finding.rate = Some(25.0);
        finding.problem = Some("is off".into());
        assert_eq!(said(&finding), "");
    }
}
