// SPDX-License-Identifier: MIT OR Apache-2.0

use std::path::Path;

use super::*;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("/models/net/config_infer.txt"))
}

fn detector(more: &str) -> Result<Config, ConfigError> {
    parse(&format!(
        "[property]\nonnx-file=a.onnx\nnum-detected-classes=2\n{more}"
    ))
}

fn message(result: Result<Config, ConfigError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn defaults_are_those_of_nvinfer() {
    let config = detector("").unwrap();
    assert_eq!(config.component, 15);
    assert_eq!(config.kind, NetworkKind::Detector);
    assert_eq!(config.subject, Subject::Frames);
    assert_eq!(config.cluster, ClusterMode::Groups);
    assert_eq!(config.filter, Filter::Nearest);
    assert_eq!(
        (config.scale, config.batch_size, config.interval),
        (1.0, 1, 0)
    );
    assert_eq!(config.classes, vec![ClassAttributes::default(); 2]);
    assert_eq!(config.model, Path::new("/models/net/a.onnx"));
    assert!(config.warnings.is_empty());
}

#[test]
fn a_whole_file() {
    let config = parse(
        "# a detector\n[property]\ngie-unique-id=3\nonnx-file=/abs/m.onnx\nlabelfile-path=labels.txt\nnum-detected-classes=3\n\
         network-type=0\nnet-scale-factor=0.0039215697906911373\noffsets=1;2;3\nmodel-color-format=1\n\
         maintain-aspect-ratio=1\nsymmetric-padding=true\nscaling-filter=1\ncluster-mode=2\nbatch-size=8\ninterval=2\n\
         output-blob-names=output_cov;output_bbox\ncrop-objects-to-roi-boundary=1\nfilter-out-class-ids=1;2;\n\
         network-mode=2\ninfer-dims=3;384;640\n\
         [class-attrs-all]\npre-cluster-threshold=0.3\ntopk=60\nnms-iou-threshold=0.45\n\
         [class-attrs-2]\npre-cluster-threshold=0.5\ndetected-min-w=8\nroi-bottom-offset=4\n",
    )
    .unwrap();
    assert_eq!(config.component, 3);
    assert_eq!(config.model, Path::new("/abs/m.onnx"));
    assert_eq!(
        config.labels.as_deref(),
        Some(Path::new("/models/net/labels.txt"))
    );
    assert!((config.scale - 1.0 / 255.0).abs() < 1e-7);
    assert_eq!(config.offsets, [1.0, 2.0, 3.0]);
    assert_eq!(config.order, ChannelOrder::Bgr);
    assert!(config.keep_aspect && config.symmetric && config.crop_to_roi && config.half_precision);
    assert_eq!(config.filter, Filter::Bilinear);
    assert_eq!(config.cluster, ClusterMode::Nms);
    assert_eq!((config.batch_size, config.interval), (8, 2));
    assert_eq!(config.outputs, ["output_cov", "output_bbox"]);
    assert_eq!(config.filter_out, [1, 2]);
    assert_eq!(config.infer_dims, Some([3, 384, 640]));
    assert_eq!(config.classes[0].pre_cluster_threshold, 0.3);
    assert_eq!(config.classes[0].top_k, Some(60));
    assert_eq!(config.classes[2].pre_cluster_threshold, 0.5);
    assert_eq!(
        config.classes[2].nms_iou_threshold, 0.45,
        "what all says stays"
    );
    assert_eq!(
        (config.classes[2].min, config.classes[2].roi_bottom_offset),
        ((8, 0), 4)
    );
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
}

#[test]
fn single_classes_win_wherever_they_stand() {
    let config = detector("[class-attrs-1]\ntopk=5\n[class-attrs-all]\ntopk=9\n").unwrap();
    assert_eq!(
        (config.classes[0].top_k, config.classes[1].top_k),
        (Some(9), Some(5))
    );
}

#[test]
fn a_secondary_network() {
    let config = parse(
        "[property]\nonnx-file=a.onnx\nnetwork-type=1\nprocess-mode=2\noperate-on-gie-id=1\noperate-on-class-ids=0;2\n\
         input-object-min-width=16\ninput-object-max-height=200\n",
    )
    .unwrap();
    assert_eq!(
        config.subject,
        Subject::Objects(ObjectFilter {
            component: Some(1),
            classes: vec![0, 2],
            min: (16, 0),
            max: (0, 200),
        })
    );
}

#[test]
fn keys_that_are_not_followed_are_named() {
    let config = detector("custom-lib-path=x.so\nmodel-engine-file=e\nscaling-filter=4\n[class-attrs-all]\nbg-color=1;0;0;1\n[tracker]\na=1\n").unwrap();
    let said = config.warnings.join("\n");
    for name in [
        "custom-lib-path",
        "scaling-filter=4",
        "bg-color",
        "[tracker]",
    ] {
        assert!(said.contains(name), "{name} is missing in {said}");
    }
    assert!(
        said.contains("config_infer.txt:4: [property] custom-lib-path"),
        "{said}"
    );
    assert!(!said.contains("model-engine-file") && config.notes[0].contains("model-engine-file"));
}

#[test]
fn every_known_key_is_accepted_and_every_unknown_one_is_named_with_its_neighbour() {
    let config =
        detector("cluster_mode=2\nfoo=1\n[class-attrs-all]\npre-cluster-treshold=0.1\n").unwrap();
    assert!(
        config.warnings[0].contains("did you mean cluster-mode?"),
        "{:?}",
        config.warnings
    );
    assert!(config.warnings[1].contains("foo is unknown"));
    assert!(config.warnings[2].contains("did you mean pre-cluster-threshold?"));
}

#[test]
fn errors_name_file_line_key_and_remedy() {
    let said = message(detector("cluster-mode=7\n"));
    assert_eq!(
        said,
        "/models/net/config_infer.txt:4: [property] cluster-mode: 7 is out of range: write 0 to 4"
    );
    let said = message(detector("[class-attrs-all]\ntopk=-1\n"));
    assert!(
        said.contains(":5: [class-attrs-all] topk: -1 is out of range"),
        "{said}"
    );
}

#[test]
fn values_out_of_range_are_refused() {
    for (line, key) in [
        ("batch-size=0", "batch-size"),
        ("batch-size=x", "batch-size"),
        ("gie-unique-id=0", "gie-unique-id"),
        ("interval=-1", "interval"),
        ("network-type=2", "network-type"),
        ("network-type=7", "network-type"),
        ("process-mode=3", "process-mode"),
        ("model-color-format=3", "model-color-format"),
        ("scaling-filter=9", "scaling-filter"),
        ("offsets=1;2", "offsets"),
        ("offsets=1;2;x", "offsets"),
        ("net-scale-factor=nan", "net-scale-factor"),
        ("maintain-aspect-ratio=maybe", "maintain-aspect-ratio"),
        ("network-input-order=1", "network-input-order"),
        ("infer-dims=3;0;640", "infer-dims"),
        ("filter-out-class-ids=a", "filter-out-class-ids"),
        (
            "[class-attrs-all]\npre-cluster-threshold=1.5",
            "pre-cluster-threshold",
        ),
        ("[class-attrs-0]\neps=-1", "eps"),
    ] {
        let said = message(detector(line));
        assert!(
            said.contains(key) && said.contains("config_infer.txt:"),
            "{line}: {said}"
        );
    }
}

#[test]
fn a_comment_behind_a_value_is_explained() {
    let said = message(detector("net-scale-factor=0.5 # half\n"));
    assert!(said.contains("a comment needs a line of its own"), "{said}");
}

#[test]
fn what_cannot_be_a_configuration() {
    assert!(message(parse("hello")).contains("config_infer.txt"));
    assert!(message(parse("[other]\na=1\n")).contains("[property] is missing"));
    assert!(message(parse("[property]\nnum-detected-classes=1\n")).contains("onnx-file"));
    assert!(message(parse("[property]\nonnx-file=a\n")).contains("num-detected-classes"));
    assert!(message(detector("[class-attrs-2]\ntopk=1\n")).contains("classes 0 to 1"));
    assert!(message(detector("[class-attrs-x]\ntopk=1\n")).contains("classes 0 to 1"));
    let yaml = Config::parse("property:\n", Path::new("c.yml"));
    assert!(message(yaml).contains("YAML"));
    let missing = Config::load(Path::new("/nowhere/config.txt"));
    assert!(message(missing).contains("/nowhere/config.txt"));
}

#[test]
fn class_attributes_are_not_read_for_other_networks() {
    let config =
        parse("[property]\nonnx-file=a\nnetwork-type=1\n[class-attrs-7]\ntopk=1\n").unwrap();
    assert!(config.classes.is_empty());
}

#[test]
fn the_old_names_still_work() {
    let config = detector("enable-dbscan=1\n[class-attrs-all]\nthreshold=0.4\n").unwrap();
    assert_eq!(config.cluster, ClusterMode::Dbscan);
    assert_eq!(config.classes[0].pre_cluster_threshold, 0.4);
    let config = parse("[property]\nonnx-file=a\nis-classifier=1\n").unwrap();
    assert_eq!(config.kind, NetworkKind::Classifier);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(\\[property\\]\n)?([a-z-]{0,12}=?[-0-9a-z;.# ]{0,8}\n){0,6}") {
        let _ = parse(&text);
    }
}

#[test]
fn a_misspelt_key_is_named_before_what_follows_from_it() {
    for (wrong, right) in [
        ("netwrok-type=1", "network-type"),
        ("network_type=1", "network-type"),
        ("num-detected-clases=2", "num-detected-classes"),
    ] {
        let said = message(parse(&format!("[property]\nonnx-file=a.onnx\n{wrong}\n")));
        let key = wrong.split('=').next().unwrap();
        let expected = format!(
            "/models/net/config_infer.txt:3: [property] {key}: is unknown; did you mean {right}?"
        );
        assert!(said.starts_with(&expected), "{said}");
        assert!(said.contains("a detector needs the number"), "{said}");
    }
    let said = message(parse("[property]\nonxx-file=a.onnx\nnetwork-type=1\n"));
    assert!(said.contains("did you mean onnx-file?"), "{said}");
    // What is wrong for another reason is not blamed on a key that is right.
    let said = message(parse(
        "[property]\nonnx-file=a.onnx\nnetwork-type=7\nfoo=1\n",
    ));
    assert!(!said.contains("did you mean"), "{said}");
}

#[test]
fn a_zero_byte_is_refused_with_its_line() {
    let refused = parse("[property]\nonnx-file=a\0b\n")
        .unwrap_err()
        .to_string();
    assert!(refused.contains("line 2 has a zero byte"), "{refused}");
}
