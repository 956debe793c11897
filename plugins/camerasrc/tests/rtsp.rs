// SPDX-License-Identifier: MIT OR Apache-2.0
//! Real RTSP on the loopback, fault by fault: the element never errors, never ends, and the camera comes back by itself.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use support::{Camera, Simulator, size};

/// Times that make tests short.
const SHORT: &str =
    "stall-timeout=2000000000 connect-timeout=2000000000 max-retry-interval=1000000000";

fn play(simulator: &Simulator, properties: &str) -> Camera {
    Camera::play(&format!("uri={} {SHORT} {properties}", simulator.uris[0]))
}

#[test]
fn refused_at_start_and_there_later() {
    let mut simulator = Simulator::start(&[]);
    simulator.command("C1 kill");
    let camera = play(&simulator, "camera=north");
    let message = camera.wait_for("offline");
    assert_eq!(message.get("camera"), Ok("north"));
    assert_eq!(message.get("reason"), Ok("unreachable"));
    camera.gap();
    simulator.command("C1 restart");
    camera.wait_for("online");
    camera.pictures(3, None);
}

#[test]
fn killed_and_restarted() {
    let mut simulator = Simulator::start(&[]);
    let camera = play(&simulator, "");
    camera.wait_for("online");
    let last = camera.pictures(3, None);
    simulator.command("C1 kill");
    let message = camera.wait_for("offline");
    assert!(
        message
            .get::<&str>("message")
            .unwrap()
            .contains("ended its stream")
    );
    camera.gap();
    simulator.command("C1 restart");
    camera.wait_for("online");
    camera.pictures(3, last);
    assert_eq!(camera.formats().len(), 1);
    assert_eq!(camera.count("connections"), 2);
}

#[test]
fn stopped_and_continued() {
    let mut simulator = Simulator::start(&[]);
    let camera = play(&simulator, "");
    camera.wait_for("online");
    let last = camera.pictures(3, None);
    simulator.command("C1 stop");
    camera.wait_for("stalled");
    let message = camera.wait_for("offline");
    assert_eq!(message.get("reason"), Ok("no-answer"));
    simulator.command("C1 continue");
    camera.wait_for("online");
    camera.pictures(3, last);
}

#[test]
fn silent_while_the_connection_stands() {
    let mut simulator = Simulator::start(&[]);
    let camera = play(&simulator, "");
    camera.wait_for("online");
    simulator.command("C1 silent");
    camera.gap();
    camera.wait_for("stalled");
    simulator.command("C1 silent=off");
    camera.wait_for("online");
    camera.forget_pictures();
    camera.pictures(2, None);
}

#[test]
fn stalled_in_the_middle_of_a_packet() {
    let mut simulator = Simulator::start(&[]);
    let camera = play(&simulator, "");
    camera.wait_for("online");
    simulator.command("C1 stall");
    camera.wait_for("stalled");
    simulator.command("C1 stall=off");
    camera.wait_for("online");
    camera.forget_pictures();
    camera.pictures(2, None);
}

#[test]
fn garbage_is_one_sentence_and_pictures_come_after_it() {
    let mut simulator = Simulator::start(&[]);
    let camera = play(&simulator, "");
    camera.wait_for("online");
    simulator.command("C1 garbage");
    camera.gap();
    simulator.command("C1 garbage=off");
    camera.forget_pictures();
    camera.pictures(3, None);
}

#[test]
fn a_wrong_password_is_tried_once_a_minute_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    std::fs::write(&password, "r%ght@").unwrap();
    let simulator = Simulator::start(&[
        "--user",
        "viewer",
        "--password-file",
        password.to_str().unwrap(),
    ]);
    let uri = simulator.uris[0].replace("viewer:***", "viewer:wr%25ng%40");
    let camera = Camera::play(&format!("uri={uri} {SHORT}"));
    let message = camera.wait_for("offline");
    assert_eq!(message.get("reason"), Ok("unauthorised"));
    assert!(!message.to_string().contains("ng@"), "{message}");
    let shown: String = gst::prelude::ObjectExt::property(&camera.element, "uri");
    assert!(shown.contains("***@") && !shown.contains("wr"), "{shown}");
    assert_eq!(camera.count("attempts"), 1);
    // What is put right needs no restart, and no wait.
    let secret = folder.path().join("credentials");
    std::fs::write(&secret, "viewer:r%ght@\n").unwrap();
    gst::prelude::ObjectExt::set_property(
        &camera.element,
        "credentials",
        format!("file:{}", secret.display()),
    );
    camera.wait_for("online");
    camera.pictures(2, None);
}

#[test]
fn a_wrong_path_is_named() {
    let simulator = Simulator::start(&[]);
    let uri = simulator.uris[0].replace("/stream", "/other");
    let camera = Camera::play(&format!("uri={uri} {SHORT}"));
    assert_eq!(camera.wait_for("offline").get("reason"), Ok("not-found"));
}

#[test]
fn wrong_answers_end_and_the_camera_is_back() {
    let mut simulator = Simulator::start(&[]);
    simulator.command("C1 answer=503");
    let camera = play(&simulator, "");
    camera.wait_for("offline");
    simulator.command("C1 answer=none");
    camera.wait_for("online");
}

#[test]
fn every_codec_plays() {
    for codec in ["h264", "h265", "mjpeg", "mpeg4"] {
        let simulator = Simulator::start(&["--codec", codec]);
        let camera = play(&simulator, "decoder=software");
        camera.wait_for("online");
        // RTP carries JPEG in whole blocks of 8 pixels.
        let height = if codec == "mjpeg" { 544 } else { 540 };
        assert_eq!(size(&camera.picture()), (960, height), "{codec}");
    }
}

#[test]
fn another_size_and_codec_give_the_same_format() {
    let mut simulator = Simulator::start(&[]);
    let camera = play(&simulator, "");
    camera.wait_for("online");
    let last = camera.pictures(2, None);
    // In the middle of the stream.
    simulator.command("C1 size=640x360");
    let last = camera.pictures(10, last);
    // At a new connection.
    simulator.command("C1 codec=mjpeg");
    camera.wait_for("offline");
    camera.wait_for("online");
    camera.pictures(3, last);
    assert_eq!(size(&camera.picture()), (960, 540));
    assert_eq!(camera.formats().len(), 1);
}

#[test]
fn sound_and_metadata_are_left_out() {
    let simulator = Simulator::start(&["--audio", "--metadata"]);
    let camera = play(&simulator, "");
    camera.wait_for("online");
    camera.pictures(5, None);
}

#[test]
fn udp_with_losses_shows_no_damaged_pictures_and_goes_on_after_them() {
    let mut simulator = Simulator::start(&[]);
    let camera = play(&simulator, "protocols=udp");
    camera.wait_for("online");
    simulator.command("C1 loss=40");
    camera.gap();
    simulator.command("C1 loss=0");
    camera.forget_pictures();
    camera.pictures(5, None);
}

#[test]
fn a_wrong_clock_is_said_and_not_followed() {
    let mut simulator = Simulator::start(&[]);
    simulator.command("C1 clock=3600");
    let camera = play(&simulator, "camera=C1");
    let message = camera.wait_for("wrong-clock");
    assert!(
        message.get::<&str>("message").unwrap().contains("+36"),
        "{message}"
    );
    let sample = camera.picture();
    let info = meta::FrameInfo::of(sample.buffer().unwrap()).unwrap();
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let age = now.as_secs_f64() - info.capture_time.nanos() as f64 / 1e9;
    assert!((-1.0..60.0).contains(&age), "{age}");
}

#[test]
fn switched_off_and_on_while_playing() {
    let simulator = Simulator::start(&[]);
    let camera = play(&simulator, "");
    camera.wait_for("online");
    let last = camera.pictures(2, None);
    gst::prelude::ObjectExt::set_property(&camera.element, "enabled", false);
    camera.wait_for("disabled");
    camera.gap();
    gst::prelude::ObjectExt::set_property(&camera.element, "enabled", true);
    camera.wait_for("online");
    camera.pictures(2, last);
}

#[test]
fn the_first_pictures_are_whole() {
    let simulator = Simulator::start(&[]);
    for _ in 0..3 {
        let camera = play(&simulator, "");
        camera.pictures(5, None);
        assert_eq!(camera.count("blind"), 0, "{}", camera.stats());
    }
}

#[test]
fn a_lower_rate_is_kept() {
    let simulator = Simulator::start(&["--rate", "10"]);
    let camera = play(&simulator, "max-rate=1");
    camera.wait_for("online");
    let skipped = || camera.count("skipped-encoded") + camera.count("skipped");
    let first = camera.pictures(1, None).unwrap();
    let before = skipped();
    let last = camera.pictures(5, Some(first)).unwrap();
    let skipped = skipped() - before;
    let seconds = (last - first).mseconds() as f64 / 1000.0;
    assert!(seconds >= 4.0, "{seconds} s for five pictures");
    // Nine of ten, however long a busy machine took for them.
    assert!((20..=75).contains(&skipped), "{skipped} were left out");
}

#[test]
fn pictures_over_http() {
    let simulator = Simulator::start(&["--codec", "mjpeg"]);
    let http = simulator.uris[0].replace("rtsp://", "http://");
    for path in ["/mjpeg", "/snapshot.jpg"] {
        let uri = http.replace("/stream", path);
        let camera = Camera::play(&format!("uri={uri} {SHORT}"));
        camera.wait_for("online");
        camera.pictures(3, None);
        assert_eq!(camera.count("losses"), 0, "{path}");
        assert_eq!(camera.count("blind"), 0, "{path}: whole pictures");
    }
    let uri = http.replace("/stream", "/nothing");
    let camera = Camera::play(&format!("uri={uri} {SHORT}"));
    assert_eq!(camera.wait_for("offline").get("reason"), Ok("not-found"));
}
