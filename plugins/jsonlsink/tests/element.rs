// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element in a pipeline: documents become lines of a file, failures are told and cost no stream.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

use std::fs;
use std::path::Path;

use gst::prelude::*;
use gst_check::Harness;

/// A `jsonlsink` that writes into `folder`, and what drives it.
fn harness(folder: &Path) -> (Harness, gst::Element) {
    gst::init().unwrap();
    let sink = gst::ElementFactory::find("jsonlsink").map_or_else(
        || {
            let kind = roundhouse_jsonlsink::JsonlSink::static_type();
            gst::Element::register(None, "jsonlsink", gst::Rank::NONE, kind).unwrap();
            gst::ElementFactory::make("jsonlsink").build().unwrap()
        },
        |factory| factory.create().build().unwrap(),
    );
    sink.set_property("location", folder.to_str().unwrap());
    let mut harness = Harness::with_element(&sink, Some("sink"), None);
    harness.set_src_caps_str("application/x-roundhouse-state");
    harness.play();
    (harness, sink)
}

/// Gives the sink a document.
fn push(harness: &mut Harness, document: &str) {
    let buffer = gst::Buffer::from_slice(document.to_owned().into_bytes());
    harness.push(buffer).unwrap();
}

/// The lines of all files in `folder`.
fn lines(folder: &Path) -> String {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect()
}

/// The counter `name` of the sink.
fn counter(sink: &gst::Element, name: &str) -> u64 {
    let stats: gst::Structure = sink.property("stats");
    stats.get(name).unwrap()
}

#[test]
fn each_document_is_a_line_and_a_restart_appends() {
    let folder = tempfile::tempdir().unwrap();
    for document in ["{\"run\":1}", "{\"run\":2}\n"] {
        let (mut harness, sink) = harness(folder.path());
        push(&mut harness, document);
        push(&mut harness, "\n");
        assert_eq!(counter(&sink, "documents"), 1);
    }
    assert_eq!(lines(folder.path()), "{\"run\":1}\n{\"run\":2}\n");
}

#[test]
fn every_property_of_the_list_can_be_read_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let (_harness, sink) = harness(folder.path());
    let names = kit::properties::exercise(&sink);
    assert_eq!(names.len(), 6, "{names:?}");
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a-file");
    fs::write(&file, "").unwrap();
    let (_harness, sink) = harness(folder.path());
    sink.set_state(gst::State::Null).unwrap();
    let bus = gst::Bus::new();
    sink.set_bus(Some(&bus));
    for (location, sentence) in [
        (file.to_str(), "no file can be written in"),
        (None, "is not set"),
    ] {
        sink.set_property("location", location);
        assert!(sink.set_state(gst::State::Paused).is_err());
        let message = bus.pop_filtered(&[gst::MessageType::Error]).unwrap();
        let gst::MessageView::Error(error) = message.view() else {
            unreachable!();
        };
        assert!(error.error().message().contains(sentence), "{error:?}");
        sink.set_state(gst::State::Null).unwrap();
        // GstBaseSink adds that it did not start.
        while bus.pop().is_some() {}
    }
}

#[test]
fn a_folder_that_vanishes_costs_no_stream_and_is_told_once() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("states");
    let (mut harness, sink) = harness(&folder);
    let bus = gst::Bus::new();
    sink.set_bus(Some(&bus));
    push(&mut harness, "{\"n\":1}");
    // A file in place of the folder: nobody can write there, whatever rights he has.
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "").unwrap();
    push(&mut harness, "{\"n\":2}");
    push(&mut harness, "{\"n\":3}");
    fs::remove_file(&folder).unwrap();
    push(&mut harness, "{\"n\":4}");
    assert_eq!(lines(&folder), "{\"n\":4}\n");
    assert_eq!(
        (counter(&sink, "documents"), counter(&sink, "lost")),
        (2, 2)
    );
    let kinds = [gst::MessageType::Warning, gst::MessageType::Info];
    let messages = std::iter::from_fn(|| bus.pop_filtered(&kinds));
    let told: Vec<_> = messages.map(|message| message.type_()).collect();
    assert_eq!(told, kinds);
}

/// `/dev/full` stands for a disk that is full; a folder of it does not exist, so the file is a link to it.
#[test]
fn a_full_disk_costs_no_stream() {
    let folder = tempfile::tempdir().unwrap();
    let (mut harness, sink) = harness(folder.path());
    sink.set_state(gst::State::Null).unwrap();
    for file in fs::read_dir(folder.path()).unwrap() {
        let path = file.unwrap().path();
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/dev/full", path).unwrap();
    }
    let bus = gst::Bus::new();
    sink.set_bus(Some(&bus));
    harness.play();
    push(&mut harness, "{\"n\":1}");
    push(&mut harness, "{\"n\":2}");
    assert_eq!(
        (counter(&sink, "documents"), counter(&sink, "lost")),
        (0, 2)
    );
    let warning = bus.pop_filtered(&[gst::MessageType::Warning]).unwrap();
    let gst::MessageView::Warning(warning) = warning.view() else {
        unreachable!();
    };
    assert!(
        warning.error().message().contains("free space"),
        "{warning:?}"
    );
}
