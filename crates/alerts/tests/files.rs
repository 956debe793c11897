// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files of rules as people write them, and what is wrong with them.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use plan::What;
use roundhouse_alerts::{Kind, Rules};
use support::{refused, site};

const GOOD: &str = r#"
[[webhook]]
name = "chat"
url = "https://chat.example/hooks/abc"

[[mqtt]]
name = "plant"
url = "mqtt://me:secret@broker:1883/plant"

[[email]]
name = "shift"
server = "mail.example"
credentials = "file:mail.credentials"
from = "Roundhouse <roundhouse@example.com>"
to = ["shift@example.com"]

[[rule]]
name = "cameras"
kind = "camera-down"
for = "5 min"
send = ["chat", "shift"]

[[rule]]
name = "plan"
kind = "plan"
what = ["wrong track"]
probability = 0.8
"#;

#[test]
fn a_file_says_what_and_to_whom() {
    let rules = Rules::parse(GOOD, "alerts.toml", &[site()]).unwrap();
    assert_eq!(rules.rules[0].for_ns, 300_000_000_000);
    assert_eq!(rules.rules[0].send, ["chat", "shift"]);
    assert_eq!(rules.rules[1].kind, Kind::Plan(vec![What::WrongTrack]));
    let targets: Vec<_> = rules
        .targets
        .iter()
        .map(|target| (target.name(), target.kind()))
        .collect();
    assert_eq!(
        targets,
        [("chat", "webhook"), ("plant", "mqtt"), ("shift", "email")]
    );
    assert!(!format!("{rules:?}").contains("secret"), "{rules:?}");
}

#[test]
fn every_mistake_is_told_with_its_line_and_what_was_meant() {
    let text = "[[rule]]\nname = 'a'\nkind = 'camera-dwon'\n[[rule]]\nname = 'a'\nkind = 'no-events'\nfro = '5 min'\nfor = 'soon'\n\
                [[rule]]\nname = 'c'\nkind = 'track-free'\n[[rule]]\nname = 'd'\nkind = 'track-free'\ntracks = ['T3']\nsend = ['chat']\n\
                [[rule]]\nname = 'e'\nkind = 'plan'\nwhat = ['wrong trak']\nprobability = 80\ncameras = ['C1']\n[[rule]]\nkind = 'long-stay'\n[[rules]]\n";
    assert_eq!(
        refused(text).lines().collect::<Vec<_>>(),
        [
            "alerts.toml:3: rule[0].kind: there is no kind 'camera-dwon'; did you mean 'camera-down'?",
            "alerts.toml:5: rule[1].name: 'a' is the name of line 2 already; give each its own",
            "alerts.toml:7: rule[1].fro: is unknown; did you mean 'for'?",
            "alerts.toml:8: rule[1].for: is 'soon', expected a time such as 90 s, 5 min, 8 h or 2 d",
            "alerts.toml:9: rule[2].tracks: is missing; add tracks = [\"TRACK\"]",
            "alerts.toml:15: rule[3].tracks[0]: there is no track 'T3'; did you mean 'T1'?",
            "alerts.toml:16: rule[3].send[0]: no target is named 'chat'",
            "alerts.toml:20: rule[4].what[0]: there is no difference 'wrong trak'; did you mean 'wrong track'?",
            "alerts.toml:21: rule[4].probability: is 80, expected a probability from 0 to 1",
            "alerts.toml:22: rule[4].cameras: is unknown; known: name, facility, flow, for, clear_for, send, kind, what, probability",
            "alerts.toml:23: rule[5].name: is missing; add name = \"NAME\"",
            "alerts.toml:23: rule[5].for: is missing; add for = \"8 h\"",
            "alerts.toml:25: rules: is unknown; did you mean 'rule'?",
        ]
    );
}

#[test]
fn targets_are_checked_and_passwords_are_not_told() {
    let rule = "[[rule]]\nname = 'a'\nkind = 'no-events'\n";
    let text = format!(
        "{rule}[[webhook]]\nname = 'w'\nurl = 'chat.example'\n[[mqtt]]\nname = 'm'\nurl = 'amqp://me:secret@broker/depot'\n\
         [[email]]\nname = 'w'\nserver = 'mail.example:many'\nfrom = 'me'\nto = []\n[[email]]\nname = 'n'\nserver = 'mail.example'\nencryption = 'none'\n\
         credentials = 'file:x'\nfrom = 'me@example.com'\nto = ['me@example.com']\n"
    );
    let sentence = refused(&text);
    assert!(!sentence.contains("secret"), "{sentence}");
    for part in [
        "6: webhook[0].url: is no address; write https://HOST/PATH, or file:FILE or env:NAME that holds it",
        "9: mqtt[0].url: is no address of MQTT; write mqtt://HOST:PORT or mqtts://HOST:PORT",
        "11: email[0].name: 'w' is the name of line 5 already; give each its own",
        "12: email[0].server: is no server; write HOST or HOST:PORT",
        "13: email[0].from: 'me' is no address",
        "14: email[0].to: is empty; name somebody",
        "15: email[1]: a password would be readable on the way",
    ] {
        assert!(sentence.contains(part), "{part} is not in\n{sentence}");
    }
}

#[test]
fn a_file_without_rules_is_refused() {
    assert_eq!(
        refused(""),
        "alerts.toml:1: there is no rule; add [[rule]] with name and kind"
    );
    assert!(refused("[[rule]").contains("no TOML"));
}

#[test]
fn the_file_to_begin_with_is_right() {
    let text = include_str!("../../../deploy/alerts.toml");
    let rules = Rules::parse(text, "alerts.toml", &[]).unwrap();
    assert_eq!((rules.targets.len(), rules.rules.len()), (3, 5));
    // What is commented out is right, too, where there are such tracks.
    let keys = ["name", "kind", "tracks", "for", "probability", "what"];
    let all = text.replace("\n# [[rule]]", "\n[[rule]]");
    let all = keys.iter().fold(all, |all, key| {
        all.replace(&format!("\n# {key} ="), &format!("\n{key} ="))
    });
    let all = Rules::parse(&all.replace("T4", "T2"), "alerts.toml", &[site()]).unwrap();
    assert_eq!(all.rules.len(), 8);
}
