// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse run` as a service of systemd: what it tells, and the unit that starts it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The unit that is shipped.
const UNIT: &str = include_str!("../../../deploy/systemd/roundhouse@.service");

/// Everything that a run of `text` tells systemd until it ends by itself, with a watchdog of 300 ms.
fn told(text: &str, duration: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.gst"), text).unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    // As systemd does it: the watchdog is meant for this process only.
    let mut run = Command::new("sh")
        .args(["-c", "WATCHDOG_PID=$$ exec \"$0\" \"$@\""])
        .arg(env!("CARGO_BIN_EXE_roundhouse"))
        .args(["run", "--quiet", "a.gst", "--duration", duration])
        .current_dir(folder.path())
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "300000")
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let timeout = Some(Duration::from_millis(100));
    socket.set_read_timeout(timeout).unwrap();
    let mut lines = Vec::new();
    let mut datagram = [0; 4096];
    // What nobody reads fills the socket and holds up who writes.
    let mut has_ended = false;
    while !has_ended {
        if let Ok(length) = socket.recv(&mut datagram) {
            let text = String::from_utf8_lossy(&datagram[..length]);
            lines.extend(text.lines().map(str::to_owned));
        } else {
            has_ended = run.try_wait().unwrap().is_some();
        }
    }
    assert!(run.wait().unwrap().success());
    lines
}

#[test]
fn start_life_and_end_are_told_in_this_order() {
    let told = told("videotestsrc is-live=true ! fakesink", "1500ms");
    let first = |line: &str| told.iter().position(|it| it == line);
    let ready = first("READY=1").expect("it has started");
    let stopping = first("STOPPING=1").expect("it ends");
    assert!(ready < stopping, "{told:?}");
    let pings = told.iter().filter(|line| *line == "WATCHDOG=1").count();
    assert!(pings >= 3, "{told:?}");
    assert!(
        told.iter()
            .any(|line| line.starts_with("STATUS=") && line.contains("packets/s"))
    );
    assert_eq!(told.iter().filter(|line| *line == "READY=1").count(), 1);
}

#[test]
fn the_unit_is_one_that_systemd_takes() {
    let folder = tempfile::tempdir().unwrap();
    // The program is elsewhere where tests run.
    let unit = UNIT.replace(
        "ExecStart=/opt/roundhouse/bin/roundhouse",
        "ExecStart=/bin/true",
    );
    let path = folder.path().join("roundhouse@hall.service");
    fs::write(&path, unit).unwrap();
    let verified = Command::new("systemd-analyze")
        .arg("verify")
        .arg(&path)
        .output();
    let Ok(verified) = verified else {
        println!("systemd-analyze is not installed: the unit is not verified");
        return;
    };
    let said = String::from_utf8(verified.stderr).unwrap();
    // systemd 252 does not know these two and says that it ignores them.
    let is_new = |line: &str| line.contains("RestartSteps") || line.contains("RestartMaxDelaySec");
    let wrong: Vec<_> = said
        .lines()
        .filter(|line| line.contains("roundhouse") && !is_new(line))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
