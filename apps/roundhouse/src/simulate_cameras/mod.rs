// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse simulate-cameras`: RTSP cameras for those who have none, and faults for those who have too few.
//!
//! The cameras are Python on GStreamer's RTSP server, which this program neither links nor loads. The program carries their
//! source, unpacks it into a temporary folder and becomes the interpreter; the script removes the folder when it ends.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::failure::{Failure, Outcome};

/// The distribution's own interpreter: the bindings of `GStreamer` are installed for no other.
const PYTHON: &str = "/usr/bin/python3";

/// The script, by file name.
const SOURCES: [(&str, &str); 6] = [
    ("__main__.py", include_str!("__main__.py")),
    ("camera.py", include_str!("camera.py")),
    ("clip.py", include_str!("clip.py")),
    ("facility.py", include_str!("facility.py")),
    ("faults.py", include_str!("faults.py")),
    ("relay.py", include_str!("relay.py")),
];

/// Simulate RTSP cameras that show clips, each in a process of its own, with faults by schedule and by command.
///
/// Prints one line per camera, its name and its URI, then `ready`. All clips play in step, over and over, so eight cameras
/// show one hall. Commands are read from standard input and from the control socket, one a line, `CAMERA FAULT`; each is
/// answered with `ok` or `error: ...`; `quit` ends the simulation.
///
/// Faults: `kill`, `stop` (the process is suspended), `continue`, `restart`; `silent`, `garbage`, `stall` (TCP stops in the
/// middle of a packet), each ended by `=off`; `answer=401` (any RTSP status, `none` ends it), `slow=10` (times, 1 ends it),
/// `loss=20` (percent of the RTP packets over UDP), `clock=3600` (seconds that the camera's clock is wrong), `stamps=-5` (seconds
/// that the times of its RTP packets are), `size=640x360`, `codec=h265`.
///
/// Needs the packages python3-gi and gir1.2-gst-rtsp-server-1.0. Clips are encoded once and kept in the cache folder.
#[derive(Args)]
pub struct Arguments {
    /// Folder with the clips, one camera for each, named as its file.
    #[arg(long, value_name = "FOLDER", default_value = "tests/data/demo")]
    clips: PathBuf,
    /// How many cameras; beyond the number of clips these are shown again. Default: one for each clip.
    #[arg(long, value_name = "N")]
    cameras: Option<u32>,
    /// Address to listen at.
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Port of the first camera, the others follow; 0 takes ports that are free.
    #[arg(long, default_value_t = 8554)]
    port: u16,
    /// What the cameras send: h264, h265, mpeg4 or mjpeg. With mjpeg `http://HOST:PORT/mjpeg` and `/snapshot.jpg` are served, too.
    #[arg(long, default_value = "h264")]
    codec: String,
    /// Size of the pictures. Default: that of the clips.
    #[arg(long, value_name = "WIDTHxHEIGHT")]
    size: Option<String>,
    /// Pictures a second.
    #[arg(long, default_value_t = 5.0)]
    rate: f64,
    /// Time between key pictures.
    #[arg(long, value_name = "TIME", default_value = "1s")]
    key_distance: String,
    /// Shows only so much of each clip.
    #[arg(long, value_name = "TIME")]
    length: Option<String>,
    /// UTC at which the clips begin, such as 2026-03-01T06:00:00Z; before it their first pictures are shown. Default: now.
    #[arg(long, value_name = "TIME")]
    start: Option<String>,
    /// Lets in only this user (digest authentication).
    #[arg(long, requires = "password_file")]
    user: Option<String>,
    /// File with the user's password.
    #[arg(long, value_name = "FILE", requires = "user")]
    password_file: Option<PathBuf>,
    /// Sends sound, too.
    #[arg(long)]
    audio: bool,
    /// Sends a stream of metadata, too.
    #[arg(long)]
    metadata: bool,
    /// What goes wrong when, as in C2:kill@20s,restart@40s; may be repeated. Times count from `ready`.
    #[arg(long = "fault", value_name = "SCHEDULE")]
    faults: Vec<String>,
    /// Unix socket to take commands at.
    #[arg(long, value_name = "PATH")]
    control: Option<PathBuf>,
    /// Writes the facility file of the clips here, with the cameras that are simulated and no others, each with its URI.
    #[arg(long, value_name = "FILE")]
    facility: Option<PathBuf>,
}

impl Arguments {
    /// The options as the script takes them.
    fn options(&self) -> Vec<String> {
        let path = |path: &Path| path.display().to_string();
        let single = [
            ("--clips", Some(path(&self.clips))),
            ("--cameras", self.cameras.map(|count| count.to_string())),
            ("--host", Some(self.host.clone())),
            ("--port", Some(self.port.to_string())),
            ("--codec", Some(self.codec.clone())),
            ("--size", self.size.clone()),
            ("--rate", Some(self.rate.to_string())),
            ("--key-distance", Some(self.key_distance.clone())),
            ("--length", self.length.clone()),
            ("--start", self.start.clone()),
            ("--user", self.user.clone()),
            ("--password-file", self.password_file.as_deref().map(path)),
            ("--control", self.control.as_deref().map(path)),
            ("--facility", self.facility.as_deref().map(path)),
        ];
        let valued = single
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", value?)));
        let faults = self.faults.iter().map(|text| format!("--fault={text}"));
        let switches = [("--audio", self.audio), ("--metadata", self.metadata)];
        let switches = switches.into_iter().filter(|(_, on)| *on);
        valued
            .chain(faults)
            .chain(switches.map(|(name, _)| name.to_owned()))
            .collect()
    }
}

/// Unpacks the script and becomes its interpreter; returns only if that fails.
pub fn run(arguments: &Arguments) -> Outcome {
    let folder = unpack()?;
    let error = Command::new(PYTHON)
        .arg("-B")
        .arg(&folder)
        .args(arguments.options())
        .env("ROUNDHOUSE_UNPACKED", &folder)
        .exec();
    // Nothing of it was started: the folder is of no use to anybody.
    let _ = std::fs::remove_dir_all(&folder);
    Err(Failure::new(format!(
        "{PYTHON} cannot be started: {error}. The simulated cameras need the packages python3-gi and \
         gir1.2-gst-rtsp-server-1.0; scripts/setup.sh --checks installs them"
    )))
}

/// Writes the script into a new temporary folder.
fn unpack() -> Outcome<PathBuf> {
    let temporary = std::env::temp_dir();
    let folder = tempfile::Builder::new()
        .prefix("roundhouse-cameras-")
        .tempdir()
        .map_err(|error| Failure::file(&temporary, &error))?;
    for (name, source) in SOURCES {
        let path = folder.path().join(name);
        std::fs::write(&path, source).map_err(|error| Failure::file(&path, &error))?;
    }
    Ok(folder.keep())
}
