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

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

/// What is said of a text in which `HERE` is this folder and `DEMO` that of the demo. Our own elements may not be installed,
/// so there may be more mistakes than the one that is looked for.
fn said_of(folder: &tempfile::TempDir, text: &str) -> String {
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/demo");
    let text = text
        .replace("HERE", folder.path().to_str().unwrap())
        .replace("DEMO", demo);
    check(&text).err
}

#[test]
fn files_that_are_no_video_are_named() {
    let text = "This is no video. ".repeat(100);
    let folder = folder(&[
        ("text.mp4", text.as_str()),
        ("short.mp4", "no video\n"),
        ("empty.mp4", ""),
    ]);
    for (file, problem) in [
        ("short.mp4", "short.mp4' is nothing that GStreamer knows"),
        (
            "text.mp4",
            "text.mp4' is text/plain, which 'qtdemux' does not take",
        ),
        ("empty.mp4", "empty.mp4' is empty"),
    ] {
        let said = said_of(
            &folder,
            &format!("filesrc location=HERE/{file} ! qtdemux ! h264parse ! fakesink"),
        );
        assert!(said.contains(problem), "{said}");
    }
}

#[test]
fn a_decoder_of_another_codec_is_named() {
    let said = said_of(
        &folder(&[]),
        "filesrc location=DEMO/C1.mp4 ! qtdemux ! h265parse ! fakesink",
    );
    assert!(
        said.contains("C1.mp4' holds video/x-h264, which 'h265parse' does not take"),
        "{said}"
    );
}

#[test]
fn a_recording_of_another_shape_than_the_calibrated_one_is_named() {
    let demo = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/data/demo/facility.toml"
    ))
    .unwrap();
    let text = "filesrc location=DEMO/C1.mp4 ! qtdemux ! h264parse ! avdec_h264 ! mux.sink_0\n\
                framemux name=mux ! locoposition facility=HERE/facility.toml ! fakesink";
    let same = folder(&[("facility.toml", &demo)]);
    let said = said_of(&same, text);
    assert!(!said.contains("shape"), "{said}");
    let other = demo.replace("image = [960, 540]", "image = [960, 720]");
    assert_ne!(other, demo);
    let said = said_of(&folder(&[("facility.toml", &other)]), text);
    assert!(
        said.contains("C1.mp4' is 960x540, but camera 'C1' is calibrated for 960x720"),
        "{said}"
    );
}

#[test]
fn two_pads_with_one_camera_are_named() {
    for (text, problem) in [
        (
            "framemux name=mux sink_1::camera=C1 ! fakesink\nfakesrc ! mux.sink_0\nfakesrc ! mux.sink_1",
            "'sink_0' and 'sink_1' have the same camera, 'C1'",
        ),
        (
            "framemux name=mux ! fakesink\nfakesrc ! mux.sink_0\nfakesrc ! mux.sink_0",
            "two streams are linked to 'sink_0'",
        ),
    ] {
        let said = said_of(&folder(&[]), text);
        assert!(said.contains(problem), "{said}");
    }
}

#[test]
fn labels_that_position_estimation_does_not_know_are_named() {
    let said_of_labels = |labels: &str| {
        let config = "[property]\ngie-unique-id=1\nlabelfile-path=labels.txt\n";
        let folder = folder(&[("config_infer.txt", config), ("labels.txt", labels)]);
        said_of(
            &folder,
            "fakesrc ! nvinfer config-file-path=HERE/config_infer.txt ! locoposition facility=a ! fakesink",
        )
    };
    let latin = said_of_labels("front\nrear\nnumber\n");
    assert!(
        latin.contains("labels lack 'head' and 'tail'")
            && latin.contains("'front', 'number', 'rear'"),
        "{latin}"
    );
    let yolo = said_of_labels("locomotive\nperson\nplate\n");
    assert!(yolo.contains("'locomotive', 'person'"), "{yolo}");
    let misspelt = said_of_labels("head\ntial\nplate\n");
    assert!(
        misspelt.contains("'tial' (did you mean 'tail'?)"),
        "{misspelt}"
    );
    let case = said_of_labels("Head\nTail\nPlate\n");
    assert!(!case.contains("label"), "{case}");
}

#[test]
fn byte_order_marks_are_warned_of() {
    let config = "[property]\nlabelfile-path=labels.txt\n";
    let folder = folder(&[
        ("config_infer.txt", config),
        ("labels.txt", "\u{feff}head\ntail\n"),
    ]);
    let said = said_of(
        &folder,
        "nvurisrcbin uri=rtsp://a/b ! nvinfer config-file-path=HERE/config_infer.txt ! fakesink",
    );
    assert!(
        said.starts_with("warning:") && said.contains("labels.txt' begins with a byte order mark"),
        "{said}"
    );
}
