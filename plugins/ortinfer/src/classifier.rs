// SPDX-License-Identifier: MIT OR Apache-2.0
//! nvinfer's built-in classifier parser: one answer per output.

use meta::Classification;

use crate::labels::Labels;

/// The answers of a classifier to one picture.
///
/// `outputs` holds, for each output, its number of classes (its channels) and its values. The answer is the largest
/// value above `threshold` (and above 0). As in nvinfer, nothing at all is answered when no answer has a label.
#[must_use]
pub fn answers<'a>(
    outputs: impl Iterator<Item = (usize, &'a [f32])>,
    threshold: f32,
    component: u32,
    labels: &Labels,
) -> Vec<Classification> {
    let answers: Vec<Classification> = outputs
        .enumerate()
        .filter_map(|(output, (classes, values))| {
            let (class, probability) = best(&values[..classes.min(values.len())], threshold)?;
            Some(Classification {
                component,
                class_id: class as i32,
                label: labels.value(output, class).unwrap_or_else(|| "".into()),
                confidence: probability,
            })
        })
        .collect();
    if answers.iter().all(|answer| answer.label.is_empty()) {
        return Vec::new();
    }
    answers
}

/// The first of the largest values, if it is above `threshold` and 0.
fn best(values: &[f32], threshold: f32) -> Option<(usize, f32)> {
    let mut best = None;
    let mut most = threshold.max(0.0);
    for (class, value) in values.iter().enumerate() {
        if *value > most {
            (best, most) = (Some(class), *value);
        }
    }
    best.map(|class| (class, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(outputs: &[(usize, &[f32])], threshold: f32) -> Vec<(i32, String, f32)> {
        let labels = Labels::parse("red;green;blue\nsmall;large");
        answers(outputs.iter().copied(), threshold, 4, &labels)
            .into_iter()
            .map(|answer| (answer.class_id, answer.label.to_string(), answer.confidence))
            .collect()
    }

    #[test]
    fn one_answer_per_output() {
        let found = ask(&[(3, &[0.1, 0.7, 0.2]), (2, &[0.9, 0.1])], 0.0);
        assert_eq!(found, [(1, "green".into(), 0.7), (0, "small".into(), 0.9)]);
    }

    #[test]
    fn the_threshold_is_strict_and_the_first_of_equals_wins() {
        assert_eq!(ask(&[(3, &[0.5, 0.5, 0.0])], 0.4), [(0, "red".into(), 0.5)]);
        assert!(ask(&[(3, &[0.5, 0.5, 0.0])], 0.5).is_empty());
        assert!(ask(&[(3, &[-1.0, f32::NAN, 0.0])], 0.0).is_empty());
    }

    #[test]
    fn without_any_label_there_is_no_answer() {
        assert!(ask(&[(0, &[]), (0, &[]), (2, &[0.9, 0.1])], 0.0).is_empty());
        let mixed = ask(&[(4, &[0.0, 0.0, 0.0, 0.9]), (2, &[0.9, 0.1])], 0.0);
        assert_eq!(mixed, [(3, String::new(), 0.9), (0, "small".into(), 0.9)]);
    }
}
