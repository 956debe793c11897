// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse check` on texts whose elements are `GStreamer`'s own or `DeepStream`'s; `scripts/check-plugin.sh` checks the
//! shipped pipelines, with our elements.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod tool;

/// What is said of a text.
fn check(text: &str) -> tool::Said {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.gst");
    std::fs::write(&file, text).unwrap();
    tool::roundhouse(&["check", file.to_str().unwrap()])
}

/// The first line of what is said of a wrong text, from the file's name on.
fn mistake(text: &str) -> String {
    let said = check(text);
    assert!(!said.ok, "{}", said.out);
    let at = said.err.find("a.gst:").unwrap();
    said.err[at..].lines().next().unwrap().to_owned()
}

#[test]
fn what_is_right_passes() {
    let said = check(
        "# Two queues.\nfakesrc num-buffers=3 name=a ! queue leaky=downstream\n  ! fakesink sync=false",
    );
    assert!(said.ok, "{}", said.err);
    assert!(
        said.out.contains("nothing wrong, 3 elements"),
        "{}",
        said.out
    );
}

#[test]
fn a_mistake_in_a_block_is_reported_once() {
    let said = check(
        "for camera in ../../tests/data/demo/facility.toml\n  fakesrc nmae=\"${camera.id}\" ! fakesink\nend\n",
    );
    assert!(
        !said.ok && said.err.contains("1 mistake, see above"),
        "{}",
        said.err
    );
    assert_eq!(said.err.matches("a.gst:2:11: ").count(), 1, "{}", said.err);
}

#[test]
fn deepstream_is_checked_by_its_table() {
    let said = check(
        "nvurisrcbin uri=rtsp://a/b select-rtp-protocol=rtp-tcp ! mux.sink_0\n\
         nvstreammux name=mux batch-size=8 live-source=1 ! video/x-raw(memory:NVMM),width=960 ! nvinfer qos=no ! fakesink",
    );
    assert!(said.ok, "{}", said.err);
    assert!(
        said.out.contains("nvinfer, nvstreammux, nvurisrcbin"),
        "{}",
        said.out
    );
}

#[test]
fn mistakes_are_named_with_line_and_nearest_name() {
    for (text, expected) in [
        (
            "nvurisrcbin ! m.sink_0\nnvstreammux name=m\n  batch-sise=8 ! fakesink",
            "a.gst:3:3: 'nvstreammux' has no property 'batch-sise', did you mean 'batch-size'?",
        ),
        (
            "nvstreammux batch-size=many ! fakesink",
            "a.gst:1:24: 'many' is no whole number from 0 to 1024: the value of 'batch-size'",
        ),
        (
            "fakesrc\n! nvinfr ! fakesink",
            "a.gst:2:3: there is no element 'nvinfr', did you mean 'nvinfer'?",
        ),
        (
            "fakesrc num-bufers=1 ! fakesink",
            "a.gst:1:9: 'fakesrc' has no property 'num-bufers', did you mean 'num-buffers'?",
        ),
        (
            "fakesrc ! queue leaky=downstraem ! fakesink",
            "a.gst:1:23: 'downstraem' is none of no, upstream, downstream: the value of 'leaky'",
        ),
        (
            "fakesrc ! funnle.\nfunnel name=funnel ! fakesink",
            "a.gst:1:11: no element is called 'funnle', did you mean 'funnel'?",
        ),
    ] {
        assert_eq!(mistake(text), expected);
    }
}

#[test]
fn all_mistakes_are_named_at_once() {
    let said = check("fakesrc a=1 ! fakesnk ! fakesink b=2");
    assert!(said.err.contains("3 mistakes"), "{}", said.err);
}

#[test]
fn what_cannot_be_linked_is_refused() {
    let said = check("fakesink ! fakesrc");
    assert!(!said.ok && said.err.contains("link"), "{}", said.err);
}

/// Each broken pipeline beside what is said of it: `tests/data/broken-pipelines/NAME.gst` and `NAME.txt`.
#[test]
fn broken_pipelines_are_explained() {
    let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let folder = "tests/data/broken-pipelines";
    let mut names: Vec<_> = std::fs::read_dir(root.join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "gst"))
        .collect();
    names.sort();
    assert!(names.len() >= 10, "{names:?}");
    for file in names {
        let name = file.file_name().unwrap().to_str().unwrap();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_roundhouse"))
            .current_dir(root)
            .args(["check", &format!("{folder}/{name}")])
            .output()
            .unwrap();
        let expected = std::fs::read_to_string(file.with_extension("txt")).unwrap();
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            expected,
            "{name}"
        );
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert!(output.stdout.is_empty(), "{name}");
    }
}
