// SPDX-License-Identifier: MIT OR Apache-2.0
//! The numbers as Prometheus reads them.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, prometheus_text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use super::health::Health;
use super::sample::{Family, Number, Samples, read};

/// The first part of every name.
const PREFIX: &str = "roundhouse";

/// Reads the elements anew for each answer.
#[derive(Debug)]
struct Elements(Arc<Health>);

/// What is asked for: all numbers, in the text format 0.0.4.
pub fn registry(health: Arc<Health>) -> Registry {
    let mut registry = Registry::with_prefix(PREFIX);
    registry.register_collector(Box::new(Elements(health)));
    registry
}

/// The answer to a request for numbers.
pub fn text(registry: &Registry) -> Result<String, fmt::Error> {
    let mut text = String::new();
    prometheus_text::encode(&mut text, registry)?;
    Ok(text)
}

impl Collector for Elements {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        self.pipelines(&mut encoder)?;
        let mut samples = Samples::new();
        for (name, pipeline) in self.0.pipelines() {
            read(name, &pipeline, &mut samples);
        }
        for (family, numbers) in &samples {
            let name = name(family);
            let kind = match numbers.values().next() {
                Some(Number::Count(_)) => MetricType::Counter,
                _ => MetricType::Gauge,
            };
            let mut described = encoder.encode_descriptor(&name, &help(family), None, kind)?;
            for (labels, number) in numbers {
                let series = described.encode_family(labels)?;
                match number {
                    Number::Count(count) => ConstCounter::new(*count).encode(series)?,
                    Number::Level(level) => ConstGauge::new(*level).encode(series)?,
                }
            }
        }
        Ok(())
    }
}

impl Elements {
    /// The version, and how each pipeline is.
    fn pipelines(&self, encoder: &mut DescriptorEncoder) -> fmt::Result {
        let one = ConstGauge::new(1_u64);
        let mut described =
            encoder.encode_descriptor("build_info", "The version.", None, MetricType::Gauge)?;
        one.encode(described.encode_family(&[("version", env!("CARGO_PKG_VERSION"))])?)?;
        let help = "1: the pipeline plays and frames get through.";
        let mut described =
            encoder.encode_descriptor("pipeline_well", help, None, MetricType::Gauge)?;
        for (name, problem) in self.0.problems() {
            let well = ConstGauge::new(u64::from(problem.is_none()));
            well.encode(described.encode_family(&[("pipeline", name)])?)?;
        }
        Ok(())
    }
}

/// The name of a family behind the prefix.
fn name(family: &Family) -> String {
    let word = |text: &str| -> String {
        let allowed = |letter: char| letter.is_ascii_alphanumeric();
        text.chars()
            .map(|letter| if allowed(letter) { letter } else { '_' })
            .collect()
    };
    format!("{}_{}", word(&family.element), word(&family.field))
}

/// What a family is.
fn help(family: &Family) -> String {
    let Family { element, field } = family;
    format!("Field {field} of the property stats of {element}, see docs/elements/{element}.md.")
}
