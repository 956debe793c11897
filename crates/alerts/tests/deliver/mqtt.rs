// SPDX-License-Identifier: MIT OR Apache-2.0
//! By a message on a broker: mosquitto.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use roundhouse_alerts::Outcome;
use tempfile::TempDir;

use super::process::{Process, free_port};
use super::{notice, target};

/// A broker that knows only `me` with the password `secret`.
fn broker() -> (Process, u16, TempDir) {
    let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
    let mut made = Command::new("mosquitto_passwd");
    made.args(["-b", "-c", "passwords", "me", "secret"])
        .current_dir(folder.path());
    assert!(made.status().unwrap().success());
    let lines =
        format!("listener {port} 127.0.0.1\nlog_dest none\nuser root\npassword_file passwords\n");
    std::fs::write(folder.path().join("mosquitto.conf"), lines).unwrap();
    let mut command = Command::new("mosquitto");
    command
        .args(["-c", "mosquitto.conf"])
        .current_dir(folder.path());
    (Process::listening(&mut command, port), port, folder)
}

#[test]
fn a_broker_gets_the_alert_under_its_facility_and_rule() {
    let (_broker, port, folder) = broker();
    // Into a pipe it would write nothing before its end.
    let mut listener = Command::new("stdbuf");
    listener.args(["-oL", "mosquitto_sub"]);
    listener.args([
        "-h",
        "127.0.0.1",
        "-p",
        &port.to_string(),
        "-u",
        "me",
        "-P",
        "secret",
    ]);
    // It says when its subscription is confirmed.
    listener
        .args([
            "-t",
            "plant/depot/+/alert/+",
            "-v",
            "-C",
            "1",
            "-W",
            "60",
            "-d",
        ])
        .stdout(Stdio::piped());
    let mut listener = Process(listener.spawn().unwrap());
    let mut lines = BufReader::new(listener.0.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    assert!(
        lines.any(|line| line.contains("SUBACK")),
        "mosquitto_sub never subscribed"
    );
    let password = folder.path().join("credentials");
    std::fs::write(&password, "me:secret\n").unwrap();
    let target = target(&format!(
        "[[mqtt]]\nname = 'plant'\nurl = 'mqtt://127.0.0.1:{port}/plant'\ncredentials = 'file:{}'",
        password.display()
    ));
    assert_eq!(target.tell(&notice("north hall")), Outcome::Delivered);
    let line = lines.find(|line| line.starts_with("plant/")).unwrap();
    let (topic, body) = line.split_once(' ').unwrap();
    assert_eq!(topic, "plant/depot/north_20hall/alert/test");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["alert"]["facility"], "north hall");
    // A wrong password may be corrected.
    std::fs::write(&password, "me:wrong\n").unwrap();
    let Outcome::Later(sentence) = target.tell(&notice("hall")) else {
        panic!("it was taken");
    };
    assert!(
        sentence.contains("check user and password") && !sentence.contains("wrong"),
        "{sentence}"
    );
}
