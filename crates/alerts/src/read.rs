// SPDX-License-Identifier: MIT OR Apache-2.0
//! A file of rules -> [`Rules`].

use std::path::Path;

use facility::FacilityErrors;
use facility::toml::{Entry, Notes, Read, Section, document, finished, hint, whole_file};
use plan::{Site, What};

use crate::deliver::{Encryption, Mail, Mqtt, Target, Webhook};
use crate::duration::nanos;
use crate::rule::{Kind, Rule, Rules};

/// How long it must be so, unless the rule says otherwise, ns.
const FOR_NS: i64 = 60_000_000_000;
/// How long it must be over, unless the rule says otherwise, ns.
const CLEAR_FOR_NS: i64 = 30_000_000_000;
/// What is less likely does not count, unless the rule says otherwise.
const PROBABILITY: f64 = 0.5;
/// Ports of mail servers by how they are encrypted.
const PORTS: [(&str, Encryption, u16); 3] = [
    ("tls", Encryption::Tls, 465),
    ("starttls", Encryption::StartTls, 587),
    ("none", Encryption::None, 25),
];

impl Rules {
    /// Reads a file of rules for these facilities.
    ///
    /// # Errors
    /// The file cannot be read, or everything that is wrong with it, by line.
    pub fn load(path: &Path, sites: &[Site]) -> Result<Self, FacilityErrors> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, &file, sites),
            Err(error) => Err(whole_file(&file, 0, format!("cannot be read: {error}"))),
        }
    }

    /// Reads the text of a file of rules; `file` names it in errors.
    ///
    /// # Errors
    /// Everything that is wrong with it, by line.
    pub fn parse(text: &str, file: &str, sites: &[Site]) -> Result<Self, FacilityErrors> {
        let notes = Notes::new(text);
        let document = document(&notes, text, file)?;
        let rules = read_rules(Section::root(&notes, document.as_table()), sites);
        finished(notes, Ok(rules), file).map(|(rules, _)| rules)
    }
}

/// The whole file.
fn read_rules(root: Section, sites: &[Site]) -> Rules {
    let mut names = Names::default();
    let mut targets = Vec::new();
    for section in root.sections("webhook") {
        let read = named(section, &mut names.targets, webhook);
        targets.extend(read.map(|(name, read)| Target::Webhook(Webhook { name, ..read })));
    }
    for section in root.sections("mqtt") {
        let read = named(section, &mut names.targets, mqtt);
        targets.extend(read.map(|(name, read)| Target::Mqtt(Mqtt { name, ..read })));
    }
    for section in root.sections("email") {
        let read = named(section, &mut names.targets, mail);
        targets.extend(read.map(|(name, read)| Target::Mail(Mail { name, ..read })));
    }
    let sections = root.sections("rule");
    if sections.is_empty() {
        root.mistake("there is no rule; add [[rule]] with name and kind");
    }
    let mut rules = Vec::new();
    for section in sections {
        rules.extend(rule(&section, &mut names, sites));
        section.finish_strictly();
    }
    root.finish_strictly();
    Rules { rules, targets }
}

/// The names that are taken, each with its line.
#[derive(Default)]
struct Names {
    targets: Vec<(String, usize)>,
    rules: Vec<(String, usize)>,
}

/// A section that has a name of its own, and what `read` makes of it; it is read without a name, too, for its other mistakes.
fn named<T>(
    section: Section,
    taken: &mut Vec<(String, usize)>,
    read: impl Fn(&Section) -> Read<T>,
) -> Read<(String, T)> {
    let name = own_name(&section, taken);
    let read = read(&section);
    section.finish_strictly();
    Ok((name?, read?))
}

/// The name of a section, which no other in `taken` may have.
fn own_name(section: &Section, taken: &mut Vec<(String, usize)>) -> Read<String> {
    let entry = section.need("name", "name = \"NAME\"")?;
    let name = entry.name()?;
    if let Some((_, line)) = taken.iter().find(|(other, _)| *other == name) {
        return Err(entry.mistake(format!(
            "'{name}' is the name of line {line} already; give each its own"
        )));
    }
    taken.push((name.clone(), entry.line()));
    Ok(name)
}

/// A rule.
fn rule(section: &Section, names: &mut Names, sites: &[Site]) -> Read<Rule> {
    let name = own_name(section, &mut names.rules);
    let facility = text(section, "facility");
    if let Ok(Some(named)) = &facility
        && !sites.is_empty()
        && !sites.iter().any(|site| site.facility.name == *named)
        && let Some(entry) = section.get("facility")
    {
        let known = hint(named, sites.iter().map(|site| site.facility.name.as_str()));
        entry.mistake(format!("there is no facility '{named}'{known}"));
    }
    let flow = text(section, "flow");
    let for_ns = duration(section, "for", FOR_NS);
    let clear_for_ns = duration(section, "clear_for", CLEAR_FOR_NS);
    let send = texts(
        section,
        "send",
        &names
            .targets
            .iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>(),
        "no target is named",
    );
    let (kind, probability) = kind(section, sites);
    Ok(Rule {
        name: name?,
        facility: facility?,
        flow: flow?.unwrap_or_else(|| "prod".to_owned()),
        for_ns: for_ns?,
        clear_for_ns: clear_for_ns?,
        probability: probability?,
        send: send?,
        kind: kind?,
    })
}

/// What a rule does not want, and how likely that must be.
fn kind(section: &Section, sites: &[Site]) -> (Read<Kind>, Read<f64>) {
    let probability = || match section.get("probability") {
        Some(entry) => {
            entry.number_where("a probability from 0 to 1", |p| (0.0..=1.0).contains(&p))
        }
        None => Ok(PROBABILITY),
    };
    let entry = section.need("kind", "kind = \"camera-down\" or another");
    let word = entry.as_ref().map_err(|&noted| noted).and_then(Entry::name);
    let (Ok(entry), Ok(word)) = (entry, word) else {
        return (Err(facility::toml::Noted), probability());
    };
    let tracks = |needed: bool| tracks(section, sites, needed);
    let certain = Ok(0.0);
    match word.as_str() {
        "camera-down" => (cameras(section, sites).map(Kind::CameraDown), certain),
        "long-stay" => {
            // Without it each machine would be told.
            let needed = section.need("for", "for = \"8 h\"");
            (
                needed.and_then(|_| tracks(false)).map(Kind::LongStay),
                probability(),
            )
        }
        "not-on-roster" => (
            roster(&entry, sites).map(|()| Kind::NotOnRoster),
            probability(),
        ),
        "number-twice" => (Ok(Kind::NumberTwice), probability()),
        "track-free" => (tracks(true).map(Kind::TrackFree), probability()),
        "track-occupied" => (tracks(true).map(Kind::TrackOccupied), probability()),
        "flows-differ" => (flows(section), certain),
        "no-events" => (Ok(Kind::NoEvents), certain),
        "plan" => (plan(section), probability()),
        other => {
            let problem = format!("there is no kind '{other}'{}", hint(other, Kind::WORDS));
            (Err(entry.mistake(problem)), Ok(PROBABILITY))
        }
    }
}

/// A rule of the roster needs one.
fn roster(entry: &Entry, sites: &[Site]) -> Read<()> {
    let has = |site: &Site| {
        site.numbering
            .as_ref()
            .is_some_and(|numbering| !numbering.roster().is_empty())
    };
    if sites.is_empty() || sites.iter().any(has) {
        return Ok(());
    }
    Err(entry.mistake(
        "no facility file names a roster; write roster = \"FILE\" below [numbering] there",
    ))
}

/// The tracks that a rule names.
fn tracks(section: &Section, sites: &[Site], needed: bool) -> Read<Vec<String>> {
    if needed {
        section.need("tracks", "tracks = [\"TRACK\"]")?;
    }
    let known = sites.iter().flat_map(|site| &site.facility.tracks);
    let known: Vec<&str> = known.map(|track| track.id.as_str()).collect();
    texts(section, "tracks", &known, "there is no track")
}

/// The cameras that a rule names.
fn cameras(section: &Section, sites: &[Site]) -> Read<Vec<String>> {
    let known = sites.iter().flat_map(|site| &site.facility.cameras);
    let known: Vec<&str> = known.map(|camera| camera.id.as_str()).collect();
    texts(section, "cameras", &known, "there is no camera")
}

/// What flows may not do.
fn flows(section: &Section) -> Read<Kind> {
    let with = text(section, "with")?.unwrap_or_else(|| "dev".to_owned());
    let more_than = section
        .get("more_than")
        .map_or(Ok(0), |entry| entry.whole(0))?;
    Ok(Kind::FlowsDiffer { with, more_than })
}

/// Which differences from the plan count.
fn plan(section: &Section) -> Read<Kind> {
    let words = What::ALL.map(What::word);
    let chosen = texts(section, "what", &words, "there is no difference")?;
    let what = What::ALL
        .into_iter()
        .filter(|what| chosen.is_empty() || chosen.iter().any(|word| word == what.word()));
    Ok(Kind::Plan(what.collect()))
}

/// A text that may be left out.
fn text(section: &Section, key: &'static str) -> Read<Option<String>> {
    section.get(key).map(|entry| entry.name()).transpose()
}

/// A list of texts that may be left out; each must be one of `known`, unless nothing is known.
fn texts(section: &Section, key: &'static str, known: &[&str], what: &str) -> Read<Vec<String>> {
    let Some(entry) = section.get(key) else {
        return Ok(Vec::new());
    };
    let mut texts = Vec::new();
    for entry in entry.list("a list of names in quotes")? {
        let name = entry.name()?;
        // Who names targets where there are none has made a mistake, too.
        if (!known.is_empty() || key == "send") && !known.contains(&name.as_str()) {
            entry.mistake(format!(
                "{what} '{name}'{}",
                hint(&name, known.iter().copied())
            ));
        }
        texts.push(name);
    }
    if texts.is_empty() {
        return Err(entry.mistake("is empty; name some, or leave it out for all"));
    }
    Ok(texts)
}

/// A duration that may be left out, ns.
fn duration(section: &Section, key: &'static str, default: i64) -> Read<i64> {
    let Some(entry) = section.get(key) else {
        return Ok(default);
    };
    let text = entry.name()?;
    nanos(&text).ok_or_else(|| {
        entry.mistake(format!(
            "is '{text}', expected a time such as 90 s, 5 min, 8 h or 2 d"
        ))
    })
}

/// A webhook without its name.
fn webhook(section: &Section) -> Read<Webhook> {
    let (credentials, ca) = (text(section, "credentials"), text(section, "ca"));
    let entry = section.need("url", "url = \"https://HOST/PATH\"")?;
    let url = entry.name()?;
    if !["https://", "http://", "file:", "env:"]
        .iter()
        .any(|begin| url.starts_with(begin))
    {
        return Err(entry.mistake(
            "is no address; write https://HOST/PATH, or file:FILE or env:NAME that holds it",
        ));
    }
    Ok(Webhook {
        name: String::new(),
        url,
        credentials: credentials?,
        ca: ca?,
    })
}

/// A topic without its name.
fn mqtt(section: &Section) -> Read<Mqtt> {
    let credentials = text(section, "credentials");
    let entry = section.need("url", "url = \"mqtt://HOST:PORT/PREFIX\"")?;
    let mut endpoint =
        bus::Endpoint::parse(&entry.name()?).map_err(|error| entry.mistake(error.to_string()))?;
    if endpoint.transport != bus::Transport::Mqtt {
        return Err(
            entry.mistake("is no address of MQTT; write mqtt://HOST:PORT or mqtts://HOST:PORT")
        );
    }
    let credentials = credentials?;
    if credentials.is_none() {
        // Those of an address stay; `credentials` is read anew each time.
        endpoint
            .read_credentials(None)
            .map_err(|error| entry.mistake(error))?;
    }
    Ok(Mqtt {
        name: String::new(),
        endpoint,
        credentials,
    })
}

/// A mailbox without its name.
fn mail(section: &Section) -> Read<Mail> {
    let (credentials, ca) = (text(section, "credentials"), text(section, "ca"));
    let encryption = match section.get("encryption") {
        None => Ok(PORTS[1]),
        Some(entry) => entry.name().and_then(|word| {
            let known = PORTS.into_iter().find(|(name, ..)| *name == word);
            known.ok_or_else(|| {
                entry.mistake(format!("is '{word}', expected tls, starttls or none"))
            })
        }),
    };
    let server = section
        .need("server", "server = \"HOST:PORT\"")
        .and_then(|entry| {
            let server = entry.name()?;
            let (host, port) = match server.rsplit_once(':') {
                Some((host, port)) => (host.to_owned(), port.parse().ok()),
                None => (server, encryption.map(|(_, _, port)| port).ok()),
            };
            let port = port.filter(|_| !host.is_empty());
            port.map(|port: u16| (host, port))
                .ok_or_else(|| entry.mistake("is no server; write HOST or HOST:PORT"))
        });
    let address = |entry: &Entry| {
        let text = entry.name()?;
        text.parse().map_err(|error| {
            entry.mistake(format!(
                "'{text}' is no address ({error}); write me@example.com, or Me <me@example.com>"
            ))
        })
    };
    let from = section
        .need("from", "from = \"roundhouse@example.com\"")
        .and_then(|entry| address(&entry));
    let to = section
        .need("to", "to = [\"me@example.com\"]")
        .and_then(|entry| {
            let all: Vec<_> = entry
                .list("a list of addresses in quotes")?
                .iter()
                .map(address)
                .collect();
            let all: Vec<_> = all.into_iter().collect::<Read<_>>()?;
            if all.is_empty() {
                Err(entry.mistake("is empty; name somebody"))
            } else {
                Ok(all)
            }
        });
    let ((_, encryption, _), (host, port)) = (encryption?, server?);
    let credentials = credentials?;
    let is_near = ["localhost", "127.0.0.1", "[::1]"].contains(&host.as_str());
    if credentials.is_some() && encryption == Encryption::None && !is_near {
        return Err(section.mistake("a password would be readable on the way; write encryption = \"starttls\" or \"tls\", or leave credentials out"));
    }
    Ok(Mail {
        name: String::new(),
        host,
        port,
        encryption,
        credentials,
        ca: ca?,
        from: from?,
        to: to?,
    })
}
