// SPDX-License-Identifier: MIT OR Apache-2.0
//! The numbers of the model. One that a single file uses stands there; those that several share stand here.
//!
//! [`parameters!`] declares them as constants and lists them, so that `docs/estimation/parameters.md` is written from the
//! code: `cargo run -p roundhouse-estimation --example parameters`.

/// One number of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Name of the constant.
    pub name: &'static str,
    /// Its value, as in the source.
    pub value: &'static str,
    /// Unit; empty for a pure number.
    pub unit: &'static str,
    /// What it is.
    pub meaning: &'static str,
    /// What another value does.
    pub effect: &'static str,
}

/// Declares constants, and lists them as `PARAMETERS`: documentation, `NAME: type = value, "unit", "effect";`.
macro_rules! parameters {
    ($( $(#[doc = $meaning:literal])+ $name:ident: $type:ty = $value:expr, $unit:literal, $effect:literal; )+) => {
        $(
            $(#[doc = $meaning])+
            #[doc = concat!("\n\n", $effect)]
            pub(crate) const $name: $type = $value;
        )+

        /// The parameters of this file.
        pub(crate) const PARAMETERS: &[$crate::fse::model::parameters::Parameter] = &[$(
            $crate::fse::model::parameters::Parameter {
                name: stringify!($name),
                value: stringify!($value),
                unit: $unit,
                meaning: concat!($($meaning),+),
                effect: $effect,
            }
        ),+];
    };
}
pub(crate) use parameters;

parameters! {
    /// Spectral density of the white acceleration of a locomotive in motion.
    ACCELERATION: f64 = 0.06, "m²/s³", "Larger: follows starts and stops sooner, smooths less.";
    /// Fastest motion in the hall.
    MAX_SPEED: f64 = 2.3, "m/s", "Speeds are clamped to it; with larger values a locomotive may have left sooner unnoticed.";
    /// Standard deviation of the speed of a motion that starts.
    NEW_MOTION_SPEED: f64 = 0.7, "m/s", "Larger: fast starts are followed sooner.";
    /// Longest time that is predicted over; after it the locomotive stands somewhere.
    MAX_PREDICTION: f64 = 600.0, "s", "Bounds the work after a long silence.";
    /// Systematic error of a camera for which the facility states none.
    DEFAULT_SYSTEMATIC: f64 = 0.15, "m", "Larger: states have larger σ.";
    /// Half width of the validation gate in standard deviations.
    GATE_SIGMAS: f64 = 3.0, "σ", "Larger: more assignments, also wrong ones.";
    /// Weight of the log odds of a detector's confidence in the worth of an assignment.
    CONFIDENCE_WEIGHT: f64 = 0.5, "", "Larger: confident detections count for more.";
    /// Bound of these log odds.
    MAX_CONFIDENCE_VOTE: f64 = 2.5, "nats", "Larger: extreme confidences count for more.";
    /// Largest chance log-likelihood ratio of an end.
    CHANCE_LLR_MAX: f64 = 3.5, "nats", "Higher: long-known locomotives live longer without detections.";
    /// An end at whose place no camera looked for this long is unwatched.
    UNWATCHED: f64 = 5.0, "s", "Larger: misses are remembered longer.";
    /// An end counts as covered only this far inside the borders of a cover.
    COVER_MARGIN: f64 = 0.7, "m", "Larger: misses near the borders count for less.";
    /// Probability that an end is hidden from a camera, before anything is known.
    HIDDEN_PRIOR: f64 = 0.06, "", "Larger: misses count for less.";
    /// The same where a neighbour stands right before the end's face.
    HIDDEN_COUPLED: f64 = 0.35, "", "Larger: inner ends of rakes survive more misses.";
    /// Distance below which neighbours hide each other's faces and count as coupled.
    COUPLED_DISTANCE: f64 = 2.5, "m", "Larger: more ends count as hidden.";
    /// Largest learned detection probability.
    DETECTION_MAX: f64 = 0.9, "", "Larger: misses by good cameras count for more.";
    /// Probability that a camera delivers pictures that show nothing, before anything is known.
    OUTAGE_PRIOR: f64 = 0.03, "", "Larger: misses are blamed on the camera sooner.";
    /// Probability that no camera sees anything because the lights are out, before anything is known.
    LIGHTS_OUT_PRIOR: f64 = 0.01, "", "Larger: misses are blamed on the lights sooner.";
    /// Worth of an end that keeps its role.
    KEEP_BONUS: f64 = 1.25, "nats", "Larger: known locomotives change less.";
    /// Price of a locomotive that stands still in a door: nobody parks in a doorway.
    DOORWAY_PRICE: f64 = 3.0, "nats", "Larger: fewer are thought to stand there.";
    /// Price of a one-end hypothesis.
    ONE_END_PRICE: f64 = 2.0, "nats", "Larger: locomotives with one end in sight are initiated later.";
    /// Standard deviation of a locomotive from its catalogue length.
    LENGTH_SIGMA: f64 = 0.3, "m", "Larger: lengths bind less.";
    /// Least log prior of a length.
    LENGTH_WORST: f64 = -6.0, "nats", "Lower: lengths off the catalogue are refused.";
    /// How much shorter or longer than the facility's bounds a locomotive may be measured.
    LENGTH_SLACK: f64 = 1.0, "m", "Larger: more hypotheses.";
    /// The speeds of the ends of one locomotive agree within this and two standard deviations.
    SPEED_TOLERANCE: f64 = 0.4, "m/s", "Larger: more hypotheses.";
    /// Hits of such an end, and of every end that takes part in a hypothesis.
    CLAIM_HITS: u32 = 3, "hits", "Larger: the other end is found later.";
    /// Least detection-pattern log odds.
    PATTERN_WORST: f64 = -4.0, "nats", "Lower: persistent clutter is refused more surely, as are ends that are hidden often.";
    /// Largest detection-pattern log odds.
    PATTERN_BEST: f64 = 0.5, "nats", "Higher: a regular pattern makes up for other doubts.";
    /// Log probability that an end is hidden from a camera for good: a run of misses counts for no more than this.
    HIDDEN_FOR_GOOD: f64 = -2.0, "nats", "Lower: long runs of misses count for more.";
    /// Variance within one length that is tried.
    LENGTH_VARIANCE: f64 = 0.04, "m²", "Larger: unseen ends are less certain.";
    /// Least log weight of a length, relative to the best.
    LENGTH_WEIGHT_WORST: f64 = -8.0, "nats", "Lower: a length that was excluded comes back later.";
    /// Shortest distance between coupled locomotives.
    COUPLING_SHORTEST: f64 = 0.5, "m", "Smaller: more coupled hypotheses.";
    /// Longest distance between coupled locomotives.
    COUPLING_LONGEST: f64 = 1.8, "m", "Larger: more coupled hypotheses.";
    /// A locomotive has departed when its inner end is predicted this far inside the door. Positive, because it
    /// cannot be seen there.
    DEPARTED_DEPTH: f64 = 0.5, "m", "Larger: earlier.";
    /// How well the lengths of two sightings of one locomotive agree.
    SAME_LENGTH: f64 = 0.5, "m", "Larger: more identities are kept, also wrong ones.";
    /// How long a camera that saw an end counts for its systematic error.
    SYSTEMATIC_MEMORY: f64 = 600.0, "s", "Larger: σ averages over more cameras.";
    /// A locomotive that was not detected for this long coasts.
    COASTING: f64 = 10.0, "s", "The status of the state, and when a number may be moved.";
    /// Longest reorder window.
    WINDOW_MAX: f64 = 8.0, "s", "Larger: slower cameras are waited for.";
    /// An end this near to where a body stops belongs to that body.
    BORDER_NEAR: f64 = 1.5, "m", "Larger: more ends have body support.";
    /// Log odds that the reported body direction of an end is right.
    BODY_VOTE: f64 = 1.5, "nats", "Larger: directions decide more.";
    /// Log odds that a camera that sees only ends facing it shows one that does.
    FACING_VOTE: f64 = 4.0, "nats", "Larger: covers with a side decide more.";
}
