// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse serve`: the hall on a screen.

pub mod site;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alerts::{Kind, Rule};
use bus::Endpoint;
use clap::Args;
use facility::{Facility, FacilityErrors};
use messages::Timestamp;
use plan::Site;
use serve::demo::Demo;
use serve::{Alerting, App, PlanFile, Settings, Tls, Tokens, follow, receive};
use store::{Store, StoreError};
use tempfile::TempDir;
use tokio::signal::unix::{SignalKind, signal};

use crate::alerts::rules;
use crate::failure::{Failure, Outcome};

/// Show the hall in a browser: as it is now, its history, its reports.
///
/// Takes facility states and camera health by HTTP (POST /api/events), from files and from buses, keeps them in a database, and
/// serves a page. The database is a file in a folder, or on a server of PostgreSQL. `roundhouse serve --demo` shows a simulated hall.
#[derive(Args)]
pub struct Arguments {
    /// Address and port to listen on.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Folder of the database, or an address of PostgreSQL: `postgres://USER@HOST/DATABASE`, with the password in PGPASSWORD or
    /// ~/.pgpass. Default: `roundhouse-data` here, with --demo a folder that is deleted at the end.
    #[arg(long, value_name = "FOLDER|URL")]
    data: Option<PathBuf>,
    /// Facility file; may be given more than once. Events of other facilities are then refused.
    #[arg(long = "facility", value_name = "FILE")]
    facilities: Vec<PathBuf>,
    /// File of messages, one per line, that is read and followed as it grows; may be given more than once.
    #[arg(long = "follow", value_name = "FILE")]
    follows: Vec<PathBuf>,
    /// Address of a bus, as for bussrc; may be given more than once.
    #[arg(long = "from", value_name = "ADDRESS")]
    from: Vec<String>,
    /// File of tokens: in each line a name, roles (ingest, read, admin; separated by commas) and the SHA-256 of the token. Needed to
    /// listen elsewhere than on this machine.
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,
    /// What should stand where and when in the first facility: CSV with the header `number,track,from,until`, and `model` if it is known, or JSON. It is read
    /// again when it changes.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Rules of alerts and who is told; `roundhouse alerts` tries them.
    #[arg(long, value_name = "FILE")]
    alerts: Option<PathBuf>,
    /// How many requests a second each token may make, on average; ten times as many at once. Whoever has none may make a tenth.
    #[arg(long, value_name = "REQUESTS", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// Certificate (PEM, with those between it and an authority that browsers know) for encrypted connections: https://.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// How many days raw events are kept; the history derived from them is kept for ever.
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    keep_days: u16,
    /// How many gigabytes the database may have; beyond them the oldest raw events go earlier. Default: no limit.
    #[arg(long, value_name = "GIGABYTES", value_parser = clap::value_parser!(u64).range(1..))]
    keep_size: Option<u64>,
    /// Copy the database into this file, which must not be there yet, and end. A server may be running.
    #[arg(long, value_name = "FILE")]
    backup: Option<PathBuf>,
    /// Take everything from such a copy, whatever database it is of, into this one, which must be empty, and end.
    #[arg(long, value_name = "FILE", conflicts_with = "backup")]
    restore: Option<PathBuf>,
    /// Play a simulated hall.
    #[arg(long)]
    demo: bool,
}

/// Where the database is if nobody says so.
pub const DATA: &str = "roundhouse-data";

/// A gigabyte.
const GIGABYTE: u64 = 1_000_000_000;
/// A day, ns.
const DAY_NS: i64 = 86_400_000_000_000;

/// Serves until it is interrupted.
pub fn run(arguments: &Arguments) -> Outcome {
    let tokens = tokens(arguments)?;
    let mut facilities = Vec::new();
    for file in &arguments.facilities {
        facilities.push(Facility::load(file).map_err(|errors| Failure::new(errors.to_string()))?);
    }
    let demo = if arguments.demo {
        let demo = Demo::new().map_err(|errors| Failure::new(errors.to_string()))?;
        facilities.push(demo.facility());
        Some(demo)
    } else {
        None
    };
    let scratch = scratch(arguments)?;
    let data = match (&arguments.data, &scratch) {
        (Some(folder), _) => folder.clone(),
        (None, Some(scratch)) => scratch.path().to_owned(),
        (None, None) => PathBuf::from(DATA),
    };
    let refused = |error: StoreError| Failure::new(error.to_string());
    if let Some(file) = &arguments.backup {
        if !store::is_address(&data) && !data.is_dir() {
            let sentence = format!("{}: there is no such folder", data.display());
            return Err(Failure::new(sentence));
        }
        let store = store::open_to_read(&data).map_err(refused)?;
        return store.backup(file).map_err(refused);
    }
    let store: Arc<dyn Store> = Arc::from(store::open(&data).map_err(refused)?);
    if let Some(file) = &arguments.restore {
        return store.restore(file).map_err(refused);
    }
    let keep_size = arguments.keep_size;
    let sites = sites(arguments, &facilities)?;
    let settings = Settings {
        store,
        facilities,
        tokens,
        rate: arguments.rate,
        tls: tls(arguments)?,
        keep_ns: i64::from(arguments.keep_days) * DAY_NS,
        keep_bytes: keep_size.map_or(u64::MAX, |size| size.saturating_mul(GIGABYTE)),
        clock: Timestamp::now,
    };
    let app = App::new(settings).map_err(|error| Failure::new(error.to_string()))?;
    let app = Arc::new(watchful(arguments, app, sites, &data)?);
    for address in &arguments.from {
        let endpoint =
            Endpoint::parse(address).map_err(|error| Failure::new(format!("--from: {error}")))?;
        receive(Arc::clone(&app), endpoint).map_err(|fault| Failure::new(fault.to_string()))?;
    }
    for file in &arguments.follows {
        follow(Arc::clone(&app), file.clone());
    }
    if let Some(demo) = demo {
        demo.play(Arc::clone(&app), Timestamp::now());
    }
    let scheme = if arguments.tls_cert.is_some() {
        "https"
    } else {
        "http"
    };
    listen(arguments.listen, scheme, app)
}

/// The facilities with their numbering, if anything needs that.
fn sites(arguments: &Arguments, facilities: &[Facility]) -> Outcome<Vec<Site>> {
    if arguments.plan.is_none() && arguments.alerts.is_none() {
        return Ok(Vec::new());
    }
    // The facility of the demo has no file.
    let files = arguments.facilities.iter().map(PathBuf::as_path);
    let files = files.chain(std::iter::repeat(Path::new("")));
    let all = facilities.iter().zip(files);
    all.map(|(facility, file)| site::of(facility.clone(), file))
        .collect()
}

/// The app with its plan and its rules of alerts, if there are any.
fn watchful(arguments: &Arguments, mut app: App, sites: Vec<Site>, data: &Path) -> Outcome<App> {
    let refused = |errors: FacilityErrors| Failure::new(errors.to_string());
    let now = Timestamp::now();
    if let Some(file) = &arguments.plan {
        let site = sites.first().cloned().ok_or_else(|| {
            Failure::new(
                "--plan is about the tracks of a facility; say by --facility FILE of which",
            )
        })?;
        app = app.with_plan(PlanFile::open(file.clone(), site, now).map_err(refused)?);
    }
    if let Some(file) = &arguments.alerts {
        let rules = rules(file, &sites)?;
        let is_of_plan = |rule: &&Rule| matches!(rule.kind, Kind::Plan(_));
        if let (None, Some(rule)) = (&arguments.plan, rules.rules.iter().find(is_of_plan)) {
            return Err(Failure::new(format!(
                "{}: the rule '{}' is about the plan; say by --plan FILE where that is",
                file.display(),
                rule.name
            )));
        }
        let folder = if store::is_address(data) {
            Path::new(DATA)
        } else {
            data
        };
        let alerting = Alerting::new(rules, sites, folder.join("alerts.json"), now);
        app = app
            .with_alerting(alerting)
            .map_err(|error| Failure::new(error.to_string()))?;
    }
    Ok(app)
}

/// The tokens; none are needed by a server that only its own machine can reach.
fn tokens(arguments: &Arguments) -> Outcome<Option<Tokens>> {
    let Some(file) = &arguments.tokens else {
        if arguments.listen.ip().is_loopback() {
            return Ok(None);
        }
        return Err(Failure::new(format!(
            "--listen {} lets other machines in, and anybody there could read and write; say by --tokens FILE who may",
            arguments.listen
        )));
    };
    let tokens = Tokens::load(file).map_err(|error| Failure::new(error.to_string()))?;
    Ok(Some(tokens))
}

/// The certificate and its key, if there are to be encrypted connections.
fn tls(arguments: &Arguments) -> Outcome<Option<Tls>> {
    let files = arguments.tls_cert.as_ref().zip(arguments.tls_key.as_ref());
    let tls = files.map(|(certificate, key)| Tls::load(certificate, key));
    tls.transpose()
        .map_err(|error| Failure::new(error.to_string()))
}

/// A folder for the demo, if no other is given.
fn scratch(arguments: &Arguments) -> Outcome<Option<TempDir>> {
    if !arguments.demo || arguments.data.is_some() {
        return Ok(None);
    }
    let folder = TempDir::with_prefix("roundhouse-demo-");
    folder
        .map(Some)
        .map_err(|error| Failure::new(format!("no temporary folder: {error}; give one by --data")))
}

/// Answers until Ctrl-C.
fn listen(address: SocketAddr, scheme: &str, app: Arc<App>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("no threads: {error}")))?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .map_err(|error| {
                Failure::new(format!(
                    "{address}: {error}; choose another by --listen ADDRESS:PORT"
                ))
            })?;
        let place = listener.local_addr().unwrap_or(address);
        eprintln!("roundhouse: the hall is at {scheme}://{place}/ (stop with Ctrl-C)");
        serve::serve(app, listener, stopped())
            .await
            .map_err(|error| Failure::new(format!("{address}: {error}")))
    })
}

/// Waits for Ctrl-C or SIGTERM. If neither can be waited for, the process can still be killed: nothing that is confirmed is lost.
async fn stopped() {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => terminate.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated => {}
    }
}
