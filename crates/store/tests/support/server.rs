// SPDX-License-Identifier: MIT OR Apache-2.0
//! A server of PostgreSQL, on a port and in a folder of its own, killed at will. It ends with the test, however that ends.
#![allow(dead_code, reason = "each test program uses some of it")]

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};

/// Ten times what a server takes to start on a busy machine.
const HANG: Duration = Duration::from_mins(5);
/// Where the packages of Debian and Ubuntu have the programs of each version.
const PACKAGES: &str = "/usr/lib/postgresql";
/// Its settings. No test switches the machine off.
const SETTINGS: [&str; 4] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",
    "shared_buffers=16MB",
];
/// Ends the server in a folder when its input ends, and removes the folder.
const WATCHDOG: &str = r#"read line
while pid=$(head -n 1 "$0/data/postmaster.pid" 2>/dev/null) && kill -s QUIT "$pid" 2>/dev/null; do sleep 0.1; done
rm -rf "$0""#;

/// A server.
pub struct Server {
    port: u16,
    folder: PathBuf,
    settings: Vec<String>,
    /// It behaves as if the disk had room for files of so many blocks of 512 bytes only.
    room: Option<u32>,
    running: Option<Child>,
    watchdog: Child,
}

/// A program of PostgreSQL, of the newest version that is installed.
fn program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir(PACKAGES).into_iter().flatten().flatten();
    let programs = versions.map(|version| version.path().join("bin").join(name));
    let found = programs.filter(|program| program.exists()).max();
    found.unwrap_or_else(|| PathBuf::from(name))
}

/// A command in a folder, by the user `postgres` if this one is root: the server refuses to run as root.
fn command(name: &str, folder: &Path, room: Option<u32>) -> Command {
    let room = room.map_or("unlimited".to_owned(), |blocks| blocks.to_string());
    let mut command = Command::new("sh");
    command.args([
        "-c",
        &format!("trap '' XFSZ; ulimit -f {room}; exec \"$0\" \"$@\""),
    ]);
    if is_root() {
        command.args([
            "setpriv",
            "--reuid=postgres",
            "--regid=postgres",
            "--clear-groups",
        ]);
    }
    command.arg(program(name));
    command.current_dir(folder).stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Whether this is the user root.
fn is_root() -> bool {
    number("-u", None) == 0
}

/// Gives a file to the user who runs the server.
fn give(file: &Path) {
    if is_root() {
        let (user, group) = (
            number("-u", Some("postgres")),
            number("-g", Some("postgres")),
        );
        std::os::unix::fs::chown(file, Some(user), Some(group)).unwrap();
    }
}

/// The number of a user or a group.
fn number(of: &str, user: Option<&str>) -> u32 {
    let said = Command::new("id").arg(of).args(user).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let missing = "there is no user postgres; `scripts/setup.sh --checks` installs PostgreSQL";
    said.trim().parse().expect(missing)
}

impl Server {
    /// The server that all tests of a program share.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Starts one.
    pub fn start() -> Self {
        let mut server = Self::new();
        server.restart();
        server
    }

    /// Starts one as if the disk had room for files of so many blocks of 512 bytes only.
    pub fn with_room(blocks: u32) -> Self {
        let mut server = Self::new();
        server.room = Some(blocks);
        server.restart();
        server
    }

    /// From the next start on, the disk has room.
    pub fn give_room(&mut self) {
        self.room = None;
    }

    /// Starts one that lets nobody into its databases who is not encrypted, with this certificate and its key.
    pub fn encrypted(certificate: &str, key: &str) -> Self {
        let mut server = Self::new();
        for (name, text) in [
            ("server.pem", certificate),
            ("server.key", key),
            // The first one is for looking whether it answers.
            (
                "data/pg_hba.conf",
                "host postgres all 127.0.0.1/32 trust\nhostssl all all 127.0.0.1/32 trust\n",
            ),
        ] {
            let file = server.folder.join(name);
            std::fs::write(&file, text).unwrap();
            std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
            give(&file);
        }
        for setting in [
            "ssl=on",
            "ssl_cert_file=../server.pem",
            "ssl_key_file=../server.key",
        ] {
            server.settings.push(setting.to_owned());
        }
        server.restart();
        server
    }

    /// Makes one.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap().keep();
        give(&folder);
        let mut made = command("initdb", &folder, None);
        made.args([
            "--pgdata=data",
            "--username=roundhouse",
            "--auth=trust",
            "--no-sync",
        ]);
        made.args(["--no-locale", "--encoding=UTF8", "--wal-segsize=1"]);
        let made = made.status();
        assert!(
            made.as_ref().is_ok_and(std::process::ExitStatus::success),
            "PostgreSQL's initdb: {made:?}; `scripts/setup.sh --checks` installs it"
        );
        let mut watchdog = Command::new("sh");
        watchdog
            .args(["-c", WATCHDOG])
            .arg(&folder)
            .process_group(0);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            port: listener.local_addr().unwrap().port(),
            watchdog: watchdog.stdin(Stdio::piped()).spawn().unwrap(),
            folder,
            settings: SETTINGS.map(str::to_owned).to_vec(),
            room: None,
            running: None,
        }
    }

    /// Kills it without notice.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.running.take() {
            // Its other processes notice that it is gone, and end.
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    /// Starts it on what it has on its disk; again, if processes of the one before were still ending.
    pub fn restart(&mut self) {
        let begin = Instant::now();
        while self.running.is_none() {
            let mut server = command("postgres", &self.folder, self.room);
            server.args(["-D", "data", "-p", &self.port.to_string()]);
            server.args(self.settings.iter().flat_map(|setting| ["-c", setting]));
            let mut server = server.process_group(0).spawn().unwrap();
            while self.running.is_none() && server.try_wait().unwrap().is_none() {
                assert!(begin.elapsed() < HANG, "the server does not start");
                std::thread::sleep(Duration::from_millis(50));
                if Client::connect(&self.url("postgres"), NoTls).is_ok() {
                    self.running = Some(server);
                    return;
                }
            }
        }
    }

    /// The address of a database in it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://roundhouse@127.0.0.1:{}/{database}", self.port)
    }

    /// The address of a new database.
    pub fn database(&self) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let mut client = Client::connect(&self.url("postgres"), NoTls).unwrap();
        // In this language texts have another order than by their bytes.
        let made = client.batch_execute(&format!(
            "CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de'"
        ));
        made.unwrap();
        self.url(&name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        drop(self.watchdog.stdin.take());
        self.watchdog.wait().ok();
    }
}
