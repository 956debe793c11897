// SPDX-License-Identifier: MIT OR Apache-2.0
//! The shipped texts of `pipelines/bus` in processes of their own: together they give what one process gives.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

#[path = "../crates/bus/tests/brokers/mod.rs"]
mod brokers;

use std::net::TcpListener;
use std::path::Path;
use std::sync::LazyLock;

use rdkafka::mocking::MockCluster;
use support::{Process, command, footage};
use tempfile::TempDir;

/// Starts a pipeline; settings as `name=value`.
fn start(pipeline: &str, settings: &[String]) -> Process {
    let mut run = command("roundhouse");
    run.args(["run", pipeline]);
    for setting in settings {
        run.args(["--set", setting]);
    }
    Process::start(run)
}

fn set(name: &str, value: impl std::fmt::Display) -> String {
    format!("{name}={value}")
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// An address on a port that was free a moment ago, for the side that sends and the one that receives.
fn link() -> (String, String) {
    let port = TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    (
        format!("zmq+push://127.0.0.1:{port}"),
        format!("zmq+pull://127.0.0.1:{port}"),
    )
}

/// The first seconds of the footage, and the states of them in one process.
struct One {
    clips: TempDir,
    states: String,
}

static ONE: LazyLock<One> = LazyLock::new(|| {
    let clips = footage(4);
    let states = clips.path().join("one.jsonl");
    let settings = [
        set("clips", clips.path().display()),
        set("states", states.display()),
    ];
    start("pipelines/hall.gst", &settings).end().well();
    let states = text(&states);
    assert!(states.lines().count() >= 4, "{states}");
    One { clips, states }
});

/// Checks that three processes give the states of one. `settings` say where the aggregator, the estimator and the fusion find each
/// other.
fn three_processes_give_the_states_of_one(settings: [Vec<String>; 3]) {
    let (one, folder) = (&*ONE, tempfile::tempdir().unwrap());
    let states = folder.path().join("three.jsonl");
    let [mut aggregator, mut estimator, mut fusion] = settings;
    for settings in [&mut aggregator, &mut estimator, &mut fusion] {
        settings.push(set("clips", one.clips.path().display()));
    }
    estimator.push(set("live", false));
    fusion.extend([set("live", false), set("states", states.display())]);
    let fusion = start("pipelines/bus/fusion.gst", &fusion);
    let estimator = start("pipelines/bus/estimator.gst", &estimator);
    let aggregator = start("pipelines/bus/aggregator.gst", &aggregator);
    aggregator.end().well();
    estimator.end().well();
    fusion.end().well();
    assert_eq!(text(&states), one.states);
}

#[test]
fn three_processes_give_the_states_of_one_over_zeromq() {
    let ((frames_to, frames_from), (reports_to, reports_from)) = (link(), link());
    three_processes_give_the_states_of_one([
        vec![set("frames_to", frames_to)],
        vec![
            set("frames_from", frames_from),
            set("reports_to", reports_to),
        ],
        vec![set("reports_from", reports_from)],
    ]);
}

#[test]
fn three_processes_give_the_states_of_one_over_rabbitmq() {
    let broker = brokers::rabbitmq::RabbitMq::start();
    let address = broker.address("guest:guest", "");
    set_up(&address, "estimator-prod", "raw", FRAMES);
    set_up(&address, "fusion-prod", "prod", REPORTS);
    three_processes_give_the_states_of_one(std::array::from_fn(|_| vec![set("bus", &address)]));
}

/// The kinds that an estimator takes, and those that a fusion takes.
const FRAMES: &[&str] = &["image", "stream", "camera-health"];
const REPORTS: &[&str] = &[
    "position-report",
    "model-report",
    "plate-report",
    "camera-health",
    "tick",
    "stream",
];

/// Makes the queue of a group: what is published before it is there goes nowhere.
fn set_up(address: &str, group: &str, flow: &str, kinds: &[&str]) {
    let mut setup = command("roundhouse");
    setup.args(["bus", "setup", address, "--group", group, "--flow", flow]);
    for kind in kinds {
        setup.args(["--kind", kind]);
    }
    Process::start(setup).end().well();
}

/// The texts of which each mix of two flows consists, with their settings: text, flow, flow of the reports.
const MIX: [(&str, &str, Option<&str>); 4] = [
    ("estimator", "prod", None),
    ("estimator", "dev", None),
    ("fusion", "prod", Some("dev")),
    ("fusion", "dev", Some("prod")),
];

/// The settings of one text of the mix.
fn mixed(flow: &str, reports: Option<&str>) -> Vec<String> {
    let mut settings = vec![set("flow", flow)];
    settings.extend(reports.map(|flow| set("reports_flow", flow)));
    settings
}

#[test]
fn mixed_flows_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let states = set("states", folder.path().join("states.jsonl").display());
    for (text, flow, reports) in MIX {
        let mut check = command("roundhouse");
        check.args(["check", &format!("pipelines/bus/{text}.gst")]);
        let mut settings = mixed(flow, reports);
        settings.push(set("bus", "amqp://127.0.0.1/depot"));
        settings.extend(reports.map(|_| states.clone()));
        for setting in settings {
            check.args(["--set", &setting]);
        }
        Process::start(check).end().well();
    }
}

#[test]
fn the_fusion_of_one_flow_takes_the_reports_of_another_over_rabbitmq() {
    let (clips, folder) = (footage(2), tempfile::tempdir().unwrap());
    let broker = brokers::rabbitmq::RabbitMq::start();
    let address = broker.address("guest:guest", "");
    let common = [set("bus", &address), set("clips", clips.path().display())];
    let states = |flow: &str| folder.path().join(format!("{flow}.jsonl"));
    let mut running = Vec::new();
    for (text, flow, reports) in MIX {
        let group = format!("{text}-{flow}");
        match reports {
            Some(reports) => set_up(&address, &group, reports, REPORTS),
            None => set_up(&address, &group, "raw", FRAMES),
        }
        let mut settings = mixed(flow, reports);
        settings.extend_from_slice(&common);
        settings.push(set("live", false));
        settings.extend(reports.map(|_| set("states", states(flow).display())));
        running.push(start(&format!("pipelines/bus/{text}.gst"), &settings));
    }
    running.push(start("pipelines/bus/aggregator.gst", &common));
    for process in running {
        process.end().well();
    }
    for (flow, reports) in [("prod", "dev"), ("dev", "prod")] {
        let states = text(&states(flow));
        assert!(states.lines().count() >= 2, "{flow}: {states}");
        for state in states.lines() {
            let state: serde_json::Value = serde_json::from_str(state).unwrap();
            assert_eq!(state["flow"], flow, "{state}");
            assert_eq!(
                state["data"]["inputs"],
                serde_json::json!([reports]),
                "{state}"
            );
        }
    }
}

#[test]
fn three_processes_give_the_states_of_one_over_kafka() {
    let cluster = MockCluster::new(3).unwrap();
    let address = format!("kafka://{}", cluster.bootstrap_servers());
    let pictures = tempfile::tempdir().unwrap();
    let store = set(
        "image_store",
        format!("dir://{}", pictures.path().display()),
    );
    three_processes_give_the_states_of_one([
        vec![set("bus", &address), store.clone()],
        vec![set("bus", &address), store],
        vec![set("bus", &address)],
    ]);
}

#[test]
fn a_file_of_documents_is_published_and_printed() {
    let folder = tempfile::tempdir().unwrap();
    let file = support::root().join("crates/messages/tests/data/examples.jsonl");
    let documents = text(&file);
    let count = documents.lines().count();
    let (to, from) = link();
    let mut tail = command("roundhouse");
    tail.args([
        "bus",
        "tail",
        "--json",
        "--count",
        &count.to_string(),
        &from,
    ]);
    let tail = Process::start(tail);
    let mut publish = command("roundhouse");
    publish.args(["bus", "publish", &to]).arg(&file);
    let said = Process::start(publish).end().well();
    assert!(
        said.out
            .contains(&format!("{count} of {count} documents are delivered")),
        "{}",
        said.out
    );
    let printed = tail.end().well().out;
    let parse = |text: &str| -> Vec<messages::Event> {
        text.lines()
            .map(|line| messages::Event::parse(line).unwrap())
            .collect()
    };
    assert_eq!(parse(&printed), parse(&documents));
    // A line that is no event is named with its place.
    let broken = folder.path().join("broken.jsonl");
    std::fs::write(
        &broken,
        format!("{}\nno event\n", documents.lines().next().unwrap()),
    )
    .unwrap();
    let mut publish = command("roundhouse");
    publish.args(["bus", "publish", &to]).arg(&broken);
    let ended = Process::start(publish).end();
    assert!(!ended.status.success());
    assert!(
        ended
            .err
            .contains("broken.jsonl:2: no CloudEvents document"),
        "{}",
        ended.err
    );
}

/// Checks that `roundhouse bus check` says each of the words, and no password.
fn is_said(arguments: &[&str], words: &[&str]) {
    let mut check = command("roundhouse");
    check.args(["bus", "check"]).args(arguments);
    let ended = Process::start(check).end();
    let said = format!("{}{}", ended.out, ended.err);
    assert!(!ended.status.success(), "{arguments:?}: {said}");
    for word in words {
        assert!(said.contains(word), "{arguments:?}: {said}");
    }
    assert!(!said.contains("secret"), "{arguments:?}: {said}");
}

#[test]
fn what_cannot_be_connected_to_is_said_with_the_remedy() {
    let http = brokers::port_of_http(8);
    let absent = ["127.0.0.1:1", "refused", "check host and port"];
    is_said(&["amqp://127.0.0.1:1/"], &absent);
    is_said(&["mqtt://user:secret@127.0.0.1:1"], &absent);
    is_said(
        &["kafka://127.0.0.1:1"],
        &["127.0.0.1:1", "that the brokers run"],
    );
    is_said(&["zmq+pull://127.0.0.1:1"], &["is the other side running?"]);
    is_said(&["zmq+psh://127.0.0.1:1"], &["did you mean 'zmq+push'?"]);
    for (scheme, words) in [
        ("amqp", "AMQP 0-9-1"),
        ("mqtt", "not MQTT 3.1.1"),
        ("kafka", "not Kafka"),
        ("zmq+pull", "ZeroMQ"),
    ] {
        is_said(&[&format!("{scheme}://127.0.0.1:{http}")], &[words]);
    }
}

#[test]
fn what_is_wrong_with_rabbitmq_is_said_with_the_remedy() {
    let broker = brokers::rabbitmq::RabbitMq::start();
    let at = |user: &str, place: &str| broker.address(user, place);
    let check = |address: String, words: &[&str]| is_said(&[&address], words);
    check(at("me:secret2", ""), &["check user and password"]);
    check(at("me:secret", ""), &["set_permissions"]);
    check(
        at("guest:guest", "no-such"),
        &["no-such", "rabbitmqctl add_vhost"],
    );
    check(
        at("guest:guest", "?exchange=amq.fanout"),
        &["exchange 'amq.fanout'", "'type'", "another name"],
    );
    check(
        at("guest:guest", ""),
        &[
            "missing: exchange depot.events",
            "rabbitmqadmin",
            "roundhouse bus setup",
        ],
    );
    let here = at("guest:guest", "?exchange=here&queue=mine");
    let mut setup = command("roundhouse");
    setup.args(["bus", "setup", &here]);
    Process::start(setup).end().well();
    check(
        at("guest:guest", "?exchange=there&queue=mine"),
        &["queue 'mine'", "'here.dead'", "another name"],
    );
}

#[test]
fn what_is_wrong_with_mqtt_and_kafka_is_said_with_the_remedy() {
    let broker = brokers::mosquitto::Mosquitto::with_password();
    let address = format!("mqtt://me:secret2@127.0.0.1:{}", broker.port);
    is_said(&[&address], &["check user and password"]);
    let cluster = MockCluster::new(1).unwrap();
    let topic = "depot.hall-demo.prod.facility-state";
    let address = format!("kafka://{}", cluster.bootstrap_servers());
    is_said(
        &[
            &address,
            "--facility-id=hall-demo",
            "--flow=prod",
            "--kind=facility-state",
        ],
        &[topic, "kafka-topics.sh", "--create"],
    );
}
