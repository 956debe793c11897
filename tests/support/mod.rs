// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the end-to-end tests share: the installed plugin and command, footage, and a process that can be listened to.
#![allow(dead_code, reason = "no test file uses all of it")]

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

/// Longest wait for anything.
pub const LIMIT: Duration = Duration::from_mins(2);

/// The repository.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// A command that finds what `scripts/build.sh` has installed.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let installed = root().join(".install");
    assert!(
        installed.join("gstreamer-1.0/libgstroundhouse.so").exists(),
        "the plugin is not installed: run scripts/build.sh first"
    );
    let mut path = installed.join("bin").into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let mut command = Command::new(program);
    command
        .current_dir(root())
        .env("PATH", path)
        .env("GST_PLUGIN_PATH", installed.join("gstreamer-1.0"));
    if std::env::var_os("ORT_DYLIB_PATH").is_none() {
        command.env("ORT_DYLIB_PATH", runtime());
    }
    command
}

/// Where `scripts/setup.sh` puts ONNX Runtime.
fn runtime() -> PathBuf {
    let cache = std::env::var_os("ROUNDHOUSE_CACHE").map(PathBuf::from);
    let folder = cache.unwrap_or_else(|| {
        let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache");
        let base = std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from);
        base.join("roundhouse")
    });
    folder.join("onnxruntime/lib/libonnxruntime.so")
}

/// The first seconds of the shipped clips, with their facility.
pub fn footage(seconds: u32) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let shipped = root().join("tests/data/demo");
    std::fs::copy(
        shipped.join("facility.toml"),
        folder.path().join("facility.toml"),
    )
    .unwrap();
    for camera in 1..=8 {
        let name = format!("C{camera}.mp4");
        let status = command("gst-launch-1.0")
            .args([
                "-q",
                "filesrc",
                &format!("location={}", shipped.join(&name).display()),
            ])
            .args("! qtdemux ! h264parse ! identity".split(' '))
            .arg(format!("eos-after={}", seconds * 5 + 1))
            .args("! mp4mux ! filesink".split(' '))
            .arg(format!("location={}", folder.path().join(&name).display()))
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "{name}");
    }
    folder
}

/// A process whose standard error is read line by line as it comes.
pub struct Process {
    child: Child,
    lines: Receiver<String>,
    heard: Vec<String>,
}

/// How a process ended.
pub struct Ended {
    pub status: ExitStatus,
    pub out: String,
    pub err: String,
}

impl Process {
    pub fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            lines,
            heard: Vec::new(),
        }
    }

    /// Waits for a line with `text` in it.
    pub fn hear(&mut self, text: &str) -> String {
        let deadline = Instant::now() + LIMIT;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("never said '{text}', but:\n{}", self.heard.join("\n"));
            };
            self.heard.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).unwrap();
    }

    pub fn end(mut self) -> Ended {
        let mut out = String::new();
        let mut stdout = self.child.stdout.take().unwrap();
        stdout.read_to_string(&mut out).unwrap();
        let status = self.child.wait().unwrap();
        self.heard.extend(self.lines.iter());
        Ended {
            status,
            out,
            err: self.heard.join("\n"),
        }
    }
}

impl Ended {
    /// The same, if it ended well.
    pub fn well(self) -> Self {
        assert!(self.status.success(), "{}\n{}", self.status, self.err);
        self
    }
}

/// Waits until `reached` holds.
pub fn wait_until(what: &str, mut reached: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !reached() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
