// SPDX-License-Identifier: MIT OR Apache-2.0
//! A hall whose states are told second by second, and what the rules say of it.
#![allow(dead_code, reason = "each test uses some of it")]

use std::sync::Arc;

use facility::Facility;
use messages::{CameraHealth, Event, Health, Timestamp};
use plan::{Plan, Site};
use plates::Numbering;
use roundhouse_alerts::{Engine, Notice, Rules, Status};

/// A hall with two tracks and two cameras, whose roster has two numbers.
pub fn site() -> Site {
    let text = "facility = 'hall'\n[[track]]\nid = 'T1'\nlength = 60\n[[track]]\nid = 'T2'\nlength = 60\n\
                [[camera]]\nid = 'C1'\ncovers = [{ track = 'T1', from = 0, to = 60 }]\n\
                [[camera]]\nid = 'C2'\ncovers = [{ track = 'T2', from = 0, to = 60 }]\n";
    let numbering = Numbering::shipped()
        .unwrap()
        .with_roster("185 123-7\n185 001-5\n", "roster", 0.05)
        .unwrap();
    Site::new(
        Facility::parse(text, "facility.toml").unwrap(),
        Some(numbering),
    )
}

/// What is wrong with a file of rules.
pub fn refused(text: &str) -> String {
    Rules::parse(text, "alerts.toml", &[site()])
        .unwrap_err()
        .to_string()
}

/// A machine of a state: its name, track, place and number.
pub type Machine = (&'static str, &'static str, f64, Option<&'static str>);

/// The state of a flow.
pub fn state(flow: &str, time: Timestamp, machines: &[Machine], dead: &[&str]) -> Event {
    let one = |(id, track, s, plate): &Machine| {
        let plate = plate.map_or("null".to_owned(), |text| {
            format!(r#"{{"text":"{text}","p":0.9}}"#)
        });
        format!(
            r#"{{"id":"{id}","track":"{track}","head":{{"s":{s},"sigma":0.1}},"tail":{{"s":{},"sigma":0.1}},"orientation_confidence":0.9,"velocity":0,
            "moving":false,"confidence":0.9,"status":"confirmed","model":null,"plate":{plate},"last_seen":"{time}"}}"#,
            s + 15.0
        )
    };
    let camera = |id: &str| {
        let health = if dead.contains(&id) {
            "offline"
        } else {
            "online"
        };
        format!(r#"{{"id":"{id}","health":"{health}","blind":0}}"#)
    };
    let machines: Vec<String> = machines.iter().map(one).collect();
    let text = format!(
        r#"{{"specversion":"1.0","type":"com.roundhouse.facility-state.v1","source":"/hall/fsefuse/{flow}","id":"{time}","time":"{time}","flow":"{flow}",
        "data":{{"state":1,"count":0,"locomotives":[{}],"cameras":[{},{}]}}}}"#,
        machines.join(","),
        camera("C1"),
        camera("C2")
    );
    Event::parse(&text).unwrap()
}

/// A hall under rules, on a clock of its own.
pub struct Told {
    pub engine: Engine,
    begin: Timestamp,
    /// What was said: the second, whether it was raised, and the subject.
    pub said: Vec<(i64, Status, String)>,
    /// The sentences.
    pub sentences: Vec<String>,
}

impl Told {
    /// Under one rule, given as the lines below `[[rule]]`.
    pub fn under(rule: &str) -> Self {
        let text = format!("[[rule]]\nname = 'it'\n{rule}\n");
        let rules = Rules::parse(&text, "alerts.toml", &[site()]).unwrap();
        let begin = "2026-03-01T10:00:00Z".parse().unwrap();
        Self {
            engine: Engine::new(rules.rules, vec![site()], begin),
            begin,
            said: Vec::new(),
            sentences: Vec::new(),
        }
    }

    /// The same with a plan.
    pub fn with_plan(mut self, table: &str) -> Self {
        let plan = Plan::parse(table, "plan.csv", &site()).unwrap();
        self.engine.set_plan("hall", &Arc::new(plan));
        self
    }

    /// The time of a second.
    pub fn at(&self, second: i64) -> Timestamp {
        self.begin.saturating_add(second * 1_000_000_000)
    }

    /// States of flow prod, one a second.
    pub fn hears(&mut self, seconds: std::ops::Range<i64>, machines: &[Machine], dead: &[&str]) {
        for second in seconds {
            let event = state("prod", self.at(second), machines, dead);
            self.takes(second, &event);
        }
    }

    /// An event.
    pub fn takes(&mut self, second: i64, event: &Event) {
        let notices = self.engine.take("hall", event, self.at(second));
        self.notes(second, notices);
    }

    /// That a camera is so.
    pub fn hears_of(&mut self, second: i64, camera: &str, health: Health) {
        let event = Event::of_health(
            format!("1-{second}"),
            "hall",
            "prod",
            CameraHealth::new(camera, health),
            self.at(second),
        );
        self.takes(second, &event);
    }

    /// Nothing but time.
    pub fn waits(&mut self, seconds: std::ops::Range<i64>) {
        for second in seconds {
            let notices = self.engine.tick(self.at(second));
            self.notes(second, notices);
        }
    }

    fn notes(&mut self, second: i64, notices: Vec<Notice>) {
        for notice in notices {
            self.sentences.push(notice.text.clone());
            self.said
                .push((second, notice.status, notice.alert.subject.clone()));
        }
    }

    /// Asserts what was said.
    pub fn said(&self, expected: &[(i64, Status, &str)]) {
        let said: Vec<_> = self
            .said
            .iter()
            .map(|(second, status, subject)| (*second, *status, subject.as_str()))
            .collect();
        assert_eq!(said, expected, "{:?}", self.sentences);
    }
}
