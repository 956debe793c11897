// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which decoder takes a camera's stream.

use gst::glib;
use gst::prelude::*;

use super::loss::Loss;
use super::make::make;

/// Where pictures are decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "RoundhouseCameraDecoder")]
pub enum Decoder {
    /// What GStreamer ranks highest.
    #[default]
    #[enum_value(name = "What GStreamer ranks highest", nick = "auto")]
    Auto,
    /// The CPU.
    #[enum_value(name = "The CPU", nick = "software")]
    Software,
    /// VA-API.
    #[enum_value(name = "VA-API, where it is there", nick = "va")]
    Va,
    /// NVIDIA.
    #[enum_value(name = "NVIDIA, where it is there", nick = "nvidia")]
    Nvidia,
}

impl Decoder {
    /// Whether this is the kind that `factory` is of.
    fn is_of(self, factory: &gst::ElementFactory) -> bool {
        let name = factory.name();
        let is_hardware = || {
            factory
                .metadata("klass")
                .is_some_and(|class| class.contains("Hardware"))
        };
        match self {
            Self::Auto => true,
            Self::Software => !is_hardware() && !name.starts_with("nv"),
            Self::Va => name.starts_with("va"),
            Self::Nvidia => name.starts_with("nv"),
        }
    }
}

/// A decoder for a stream of `caps`: of the `preferred` kind if there is one, else the one with the highest rank.
pub fn choose(caps: &gst::Caps, preferred: Decoder) -> Option<gst::Element> {
    let all = gst::ElementFactory::factories_with_type(
        gst::ElementFactoryType::DECODER,
        gst::Rank::MARGINAL,
    );
    let mut fitting: Vec<gst::ElementFactory> = all
        .into_iter()
        .filter(|factory| takes(factory, caps))
        .collect();
    fitting.sort_by_key(|factory| (!preferred.is_of(factory), std::cmp::Reverse(factory.rank())));
    let decoder = fitting
        .iter()
        .find_map(|factory| factory.create().build().ok())?;
    tune(&decoder);
    Some(decoder)
}

/// Whether `factory` decodes streams like `caps`, perhaps written another way (which a parser changes).
fn takes(factory: &gst::ElementFactory, caps: &gst::Caps) -> bool {
    let mut plain = caps.clone();
    for structure in plain.make_mut().iter_mut() {
        for field in ["stream-format", "alignment", "codec_data", "parsed"] {
            structure.remove_field(field);
        }
    }
    factory.can_sink_any_caps(&plain)
}

/// Sets what matters for many cameras on one machine: no threads and frames in flight of its own, no broken pictures.
fn tune(decoder: &gst::Element) {
    for (property, value) in [
        ("max-threads", "1"),
        ("output-corrupt", "false"),
        ("discard-corrupted-frames", "true"),
    ] {
        if decoder.find_property(property).is_some() {
            decoder.set_property_from_str(property, value);
        }
    }
}

/// The pad that gives the pictures of `pad` one by one, in `pipeline`. A JPEG that is fetched comes in pieces, of which the decoder
/// would take the first for the whole.
pub fn whole_pictures(
    pipeline: &gst::Pipeline,
    pad: &gst::Pad,
    caps: &gst::CapsRef,
) -> Result<gst::Pad, Loss> {
    let is_jpeg = |structure: &gst::StructureRef| structure.name() == "image/jpeg";
    if !caps.structure(0).is_some_and(is_jpeg) {
        return Ok(pad.clone());
    }
    let internal = |error: glib::BoolError| Loss::Failed(error.to_string());
    let parser = make("jpegparse")?;
    pipeline.add(&parser).map_err(internal)?;
    parser.sync_state_with_parent().map_err(internal)?;
    let (Some(sink), Some(source)) = (parser.static_pad("sink"), parser.static_pad("src")) else {
        return Ok(pad.clone());
    };
    pad.link(&sink)
        .map_err(|error| Loss::Failed(error.to_string()))?;
    Ok(source)
}

/// A parser that writes a stream of `caps` as `decoder` reads it, where that is needed.
pub fn parser(caps: &gst::Caps, decoder: &gst::Element) -> Option<gst::Element> {
    let sink = decoder.static_pad("sink")?;
    if sink.pad_template_caps().can_intersect(caps) {
        return None;
    }
    gst::ElementFactory::make(parser_name(caps)?).build().ok()
}

/// The parser that writes streams of `caps` another way, if there is one.
pub fn parser_name(caps: &gst::CapsRef) -> Option<&'static str> {
    match caps.structure(0)?.name().as_str() {
        "video/x-h264" => Some("h264parse"),
        "video/x-h265" => Some("h265parse"),
        "video/mpeg" => Some("mpeg4videoparse"),
        _ => None,
    }
}

/// What a person calls a stream of `caps`.
pub fn codec_name(caps: &gst::CapsRef) -> String {
    let Some(structure) = caps.structure(0) else {
        return "a stream of unknown kind".to_owned();
    };
    let encoding = structure.get::<&str>("encoding-name").ok();
    match (structure.name().as_str(), encoding) {
        (_, Some(encoding)) => encoding.to_owned(),
        ("video/x-h264", _) => "H.264".to_owned(),
        ("video/x-h265", _) => "H.265".to_owned(),
        ("image/jpeg", _) => "JPEG".to_owned(),
        (name, _) => name.to_owned(),
    }
}
