// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse read-plate`: what the shipped networks, or one's own, read on pictures of plates.

use std::path::{Path, PathBuf};

use clap::Args;
use facility::Facility;
use messages::Validity;
use meta::{BoundingBox, Detection};
use ortinfer::engine::{Engine, Options};
use ortinfer::network::Provider;
use ortinfer::preprocess::{Colorimetry, Picture, PixelFormat, Plane};
use platereader::networks::Network;
use plates::{Ballot, CropReading, Numbering, Tempering, Verdict};
use serde::Serialize;

use crate::failure::{Failure, Outcome};

/// Networks that read when none is named; those whose model is missing do not.
const SHIPPED: [&str; 2] = ["models/trt/platereader", "models/trt/platereader-ppocr"];

/// Read the running numbers on pictures of plates.
///
/// Each picture (JPEG or PNG) must be cropped to one plate with one line of text. Prints a line of JSON per picture: file,
/// text, confidence, scheme, valid (passed, failed or none: result of the check digit of the scheme), `runner_up` (the second
/// best text). `null` means that no scheme allows the text, or that nothing could be read.
#[derive(Args)]
pub struct Arguments {
    /// Numbering scheme that the plates may follow; may be repeated. Default: all schemes.
    #[arg(long = "scheme", value_name = "SCHEME")]
    schemes: Vec<String>,
    /// Folder of a plate-reading network with its `config_infer.txt`; may be repeated, the results are then combined.
    /// Default: the shipped networks that are installed.
    #[arg(long = "model", value_name = "FOLDER")]
    models: Vec<PathBuf>,
    /// Facility file with the numbering schemes and the roster to use.
    #[arg(long)]
    facility: Option<PathBuf>,
    /// Print a table instead of JSON.
    #[arg(long)]
    show: bool,
    /// Pictures to read.
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
}

/// What is said of one picture.
#[derive(Serialize)]
struct Answer<'a> {
    file: &'a Path,
    text: Option<String>,
    confidence: f64,
    scheme: Option<String>,
    valid: Option<Validity>,
    runner_up: Option<RunnerUp>,
}

/// The second best text.
#[derive(Serialize)]
struct RunnerUp {
    text: String,
    p: f64,
}

/// A network and what reads its output.
struct Reader {
    engine: Engine,
    network: Network,
}

/// Reads the plate of each picture and prints what is on it.
pub fn run(arguments: &Arguments) -> Outcome {
    let numbering = numbering(arguments)?;
    let mut readers = readers(&arguments.models)?;
    let mut unread = 0;
    if arguments.show {
        println!(
            "{:<28} {:<22} {:>10}  {:<14} {:<7} otherwise",
            "file", "text", "confidence", "scheme", "check"
        );
    }
    for file in &arguments.images {
        match read(file, &mut readers, &numbering) {
            Ok(verdict) => print(&Answer::new(file, verdict), arguments.show)?,
            Err(failure) => {
                eprintln!("roundhouse: {failure}");
                unread += 1;
            }
        }
    }
    if unread > 0 {
        return Err(Failure::new(format!(
            "{unread} of {} pictures could not be read",
            arguments.images.len()
        )));
    }
    Ok(())
}

/// The numbers that may be on the plates.
fn numbering(arguments: &Arguments) -> Outcome<Numbering> {
    let names: Vec<&str> = arguments.schemes.iter().map(String::as_str).collect();
    let numbering = match &arguments.facility {
        None => Numbering::of_schemes(&names, None, Path::new("--scheme")),
        Some(file) => {
            let facility =
                Facility::load(file).map_err(|errors| Failure::new(errors.to_string()))?;
            Numbering::of_schemes(&names, facility.numbering.as_ref(), file)
        }
    };
    numbering.map_err(|errors| Failure::new(errors.to_string()))
}

/// The networks in `folders`, or those that are shipped.
fn readers(folders: &[PathBuf]) -> Outcome<Vec<Reader>> {
    if !folders.is_empty() {
        return folders.iter().map(|folder| reader(folder)).collect();
    }
    let there: Vec<_> = SHIPPED
        .map(Path::new)
        .into_iter()
        .filter(|folder| folder.join("model.onnx").is_file())
        .collect();
    if there.is_empty() {
        return Err(Failure::new(format!(
            "{}/model.onnx is not there: run this in Roundhouse's folder, or name a network's folder with --model",
            SHIPPED[0]
        )));
    }
    there.into_iter().map(reader).collect()
}

/// The network in `folder`.
fn reader(folder: &Path) -> Outcome<Reader> {
    let file = folder.join("config_infer.txt");
    let options = Options {
        provider: Provider::Cpu,
        batch_size: Some(1),
        ..Options::default()
    };
    let engine = Engine::load(&file, &options).map_err(|error| Failure::new(error.to_string()))?;
    let network = Network::load(&file).map_err(|error| Failure::new(error.to_string()))?;
    Ok(Reader { engine, network })
}

/// What stands on the plate in `file`; nothing if no reader sees a sign.
fn read(file: &Path, readers: &mut [Reader], numbering: &Numbering) -> Outcome<Option<Verdict>> {
    let failure = |problem: String| Failure::new(format!("{}: {problem}", file.display()));
    let bytes = std::fs::read(file).map_err(|error| Failure::file(file, &error))?;
    let pixels = image::load_from_memory(&bytes)
        .map_err(|error| {
            failure(format!(
                "this is no picture that can be read: {error}; give JPEG or PNG files"
            ))
        })?
        .into_rgb8();
    let (width, height) = pixels.dimensions();
    let (width, height) = (width as usize, height as usize);
    let plane = Plane {
        data: pixels.as_raw(),
        stride: 3 * width,
    };
    let none = Plane {
        data: &[],
        stride: 0,
    };
    let picture = Picture {
        format: PixelFormat::Packed {
            step: 3,
            red: 0,
            green: 1,
            blue: 2,
        },
        colorimetry: Colorimetry::default(),
        width,
        height,
        planes: [plane, none, none],
    };
    let mut ballot = Ballot::new(Tempering::default());
    for reader in readers {
        reader
            .engine
            .stage(&picture, None)
            .map_err(|error| failure(error.to_string()))?;
        let findings = reader
            .engine
            .infer()
            .map_err(|error| failure(error.to_string()))?;
        let bounds = BoundingBox {
            x: 0.0,
            y: 0.0,
            width: width as f32,
            height: height as f32,
        };
        let mut detection = Detection::new(0, 0, "plate".into(), 1.0, bounds);
        for found in findings {
            detection.tensors.extend(found.tensors);
            detection.classifications.extend(found.classifications);
        }
        let emissions = reader
            .network
            .emissions(&detection)
            .transpose()
            .map_err(|error| failure(error.to_string()))?;
        if let Some(emissions) = emissions {
            let view = reader.network.component.to_string();
            ballot.add(
                numbering,
                CropReading {
                    view,
                    frame: 0,
                    height: height as f64,
                    emissions,
                },
            );
        }
    }
    Ok(ballot.verdict(numbering))
}

impl<'a> Answer<'a> {
    /// The row of a picture.
    fn new(file: &'a Path, verdict: Option<Verdict>) -> Self {
        let Some(verdict) = verdict else {
            return Self {
                file,
                text: None,
                confidence: 0.0,
                scheme: None,
                valid: None,
                runner_up: None,
            };
        };
        Self {
            file,
            text: Some(verdict.text),
            confidence: verdict.confidence,
            valid: verdict.scheme.as_ref().map(|_| verdict.validity),
            scheme: verdict.scheme,
            runner_up: verdict
                .alternatives
                .into_iter()
                .next()
                .map(|other| RunnerUp {
                    text: other.text,
                    p: other.p,
                }),
        }
    }
}

/// Prints a row as a table or as JSON.
fn print(reading: &Answer, show: bool) -> Outcome {
    if !show {
        let line =
            serde_json::to_string(reading).map_err(|error| Failure::new(error.to_string()))?;
        println!("{line}");
        return Ok(());
    }
    let name = reading
        .file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let check = match reading.valid {
        None | Some(Validity::None) => "-",
        Some(Validity::Passed) => "passed",
        Some(Validity::Failed) => "failed",
    };
    let other = reading.runner_up.as_ref().map_or(String::new(), |other| {
        format!("{} ({:.3})", other.text, other.p)
    });
    println!(
        "{name:<28} {:<22} {:>10.3}  {:<14} {check:<7} {other}",
        reading.text.as_deref().unwrap_or("-"),
        reading.confidence,
        reading.scheme.as_deref().unwrap_or("-"),
    );
    Ok(())
}
