// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where the server is, and how one gets in: by the conventions of PostgreSQL's own programs.

use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use postgres::config::{Host, SslMode};
use postgres::{Client, Config, NoTls};

use super::encryption;
use super::refusal::refused;
use crate::store::{Result, StoreError};

/// How long one waits for a connection.
const PATIENCE: Duration = Duration::from_secs(10);
/// A connection without traffic is tried after so long, and then so often, before it is given up: by us and by the server.
const KEEP_ALIVE: (Duration, Duration, u32) = (Duration::from_secs(30), Duration::from_secs(10), 3);
/// Where Debian's server listens on its own machine.
const SOCKET: &str = "/var/run/postgresql";
/// The parameter of an address that names a file of certificates of authorities, as for PostgreSQL's own programs.
const AUTHORITIES: &str = "sslrootcert=";
/// The port if none is said.
const PORT: u16 = 5432;

/// The address of a database.
pub struct Address {
    config: Config,
    /// The address without a password.
    place: String,
    /// The file of the authorities that are trusted instead of the system's.
    authorities: Option<PathBuf>,
}

impl Address {
    /// Reads `postgres://USER@HOST:PORT/DATABASE`.
    pub fn parse(url: &str) -> Result<Self> {
        let (url, parameters) = url.split_once('?').unwrap_or((url, ""));
        let (ours, theirs): (Vec<&str>, Vec<&str>) = parameters
            .split('&')
            .partition(|parameter| parameter.starts_with(AUTHORITIES));
        // Whoever is encrypted at all shows a certificate that is trusted, or is refused.
        let theirs = theirs.join("&");
        let theirs = theirs
            .replace("sslmode=verify-full", "sslmode=require")
            .replace("sslmode=verify-ca", "sslmode=require");
        let config: Result<Config, _> = format!("{url}?{theirs}").parse();
        let mut config = config.map_err(|error: postgres::Error| {
            // The address itself is not repeated: it may hold a password.
            let reason = std::error::Error::source(&error);
            let reason = reason.map_or(String::new(), |why| format!(" ({why})"));
            StoreError::Address(format!(
                "this is no address of a database{reason}: write postgres://USER@HOST:PORT/DATABASE"
            ))
        })?;
        let authorities = ours
            .first()
            .map(|parameter| &parameter[AUTHORITIES.len()..]);
        let authorities = authorities.map(|file| percent_decode_str(file).decode_utf8_lossy());
        let authorities = authorities.map(|file| PathBuf::from(&*file));
        if authorities.is_some() {
            config.ssl_mode(SslMode::Require);
        }
        if config.get_hosts().is_empty() {
            config.host(SOCKET);
        }
        let (idle, interval, retries) = KEEP_ALIVE;
        config
            .application_name("roundhouse")
            .connect_timeout(PATIENCE)
            .keepalives_idle(idle)
            .keepalives_interval(interval)
            .keepalives_retries(retries)
            .tcp_user_timeout(idle + interval * retries);
        Ok(Self {
            place: place(&config),
            config,
            authorities,
        })
    }

    /// The address without a password.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Connects. The password and the authorities are read anew each time.
    pub fn connect(&self) -> Result<Client> {
        let mut config = self.config.clone();
        if config.get_password().is_none()
            && let Some(password) = password(&config)
        {
            config.password(password);
        }
        let client = if config.get_ssl_mode() == SslMode::Require {
            let encryption = encryption::encryption(self.authorities.as_deref());
            config.connect(encryption.map_err(StoreError::Address)?)
        } else {
            config.connect(NoTls)
        };
        let refused = |error: postgres::Error| refused(&self.place, &error);
        let mut client = client.map_err(refused)?;
        let (idle, interval, retries) = KEEP_ALIVE;
        // What is confirmed is on the disk, and the session of a machine that is gone ends soon, with its lock.
        let set = client.batch_execute(&format!(
            "SET synchronous_commit = on; SET client_min_messages = warning; SET tcp_keepalives_idle = {};
             SET tcp_keepalives_interval = {}; SET tcp_keepalives_count = {retries}",
            idle.as_secs(),
            interval.as_secs()
        ));
        set.map_err(refused)?;
        Ok(client)
    }
}

/// An address as people write it, without a password.
fn place(config: &Config) -> String {
    let ports = config.get_ports();
    let hosts = config.get_hosts().iter().enumerate().map(|(index, host)| {
        let port = ports.get(index).or(ports.first()).copied().unwrap_or(PORT);
        match host {
            Host::Tcp(name) => format!("{name}:{port}"),
            Host::Unix(folder) => folder.display().to_string(),
        }
    });
    let hosts: Vec<String> = hosts.collect();
    let user = config
        .get_user()
        .map_or(String::new(), |user| format!("{user}@"));
    let database = config.get_dbname().unwrap_or_default();
    format!("postgres://{user}{}/{database}", hosts.join(","))
}

/// The password that the environment has for this database: `PGPASSWORD`, or a line of the file `PGPASSFILE` or `~/.pgpass`.
fn password(config: &Config) -> Option<String> {
    if let Ok(password) = std::env::var("PGPASSWORD") {
        return Some(password);
    }
    let file = std::env::var_os("PGPASSFILE").map(PathBuf::from);
    let file = file.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".pgpass")))?;
    let text = std::fs::read_to_string(file).ok()?;
    let host = match config.get_hosts().first()? {
        Host::Tcp(name) => name.clone(),
        Host::Unix(_) => "localhost".to_owned(),
    };
    let port = config.get_ports().first().copied().unwrap_or(PORT);
    let user = config
        .get_user()
        .map(str::to_owned)
        .or_else(|| std::env::var("USER").ok())?;
    let database = config.get_dbname().unwrap_or(&user);
    in_file(&text, [&host, &port.to_string(), database, &user])
}

/// The password in the first line `HOST:PORT:DATABASE:USER:PASSWORD` that is for this place; `*` is for all.
fn in_file(text: &str, wanted: [&str; 4]) -> Option<String> {
    text.lines().find_map(|line| {
        let fields = fields(line);
        let (password, place) = fields.split_last()?;
        let is_it = |(field, wanted): (&String, &str)| field == "*" || field == wanted;
        (place.len() == 4 && place.iter().zip(wanted).all(is_it)).then(|| password.clone())
    })
}

/// The fields of a line, between colons; a backslash stands before a colon or backslash that is meant as it is.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut signs = line.chars();
    while let Some(sign) = signs.next() {
        let sign = match sign {
            ':' if fields.len() < 5 => {
                fields.push(String::new());
                continue;
            }
            '\\' => signs.next().unwrap_or('\\'),
            sign => sign,
        };
        if let Some(field) = fields.last_mut() {
            field.push(sign);
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        let address = Address::parse("postgres://me:secret@db.example:5433/depot").unwrap();
        assert_eq!(address.place(), "postgres://me@db.example:5433/depot");
        for wrong in [
            "postgres://me:secret@db:port/depot",
            "postgres://me:secret@db/depot?sslmode=perhaps",
        ] {
            let sentence = Address::parse(wrong).err().unwrap().to_string();
            assert!(!sentence.contains("secret"), "{sentence}");
        }
    }

    #[test]
    fn a_password_file_is_read_as_postgresql_does() {
        let file =
            "# comment\nother:5432:depot:me:wrong\n*:5432:depot:me:a\\:b\\\\c:d\n*:*:*:*:last\n";
        let password = |place| in_file(file, place);
        assert_eq!(
            password(["db", "5432", "depot", "me"]).as_deref(),
            Some("a:b\\c:d")
        );
        assert_eq!(
            password(["db", "5432", "yard", "me"]).as_deref(),
            Some("last")
        );
        assert_eq!(
            in_file("db:5432:depot:me", ["db", "5432", "depot", "me"]),
            None
        );
    }
}
