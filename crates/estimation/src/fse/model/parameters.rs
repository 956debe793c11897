// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every number of the model, with its unit and what it does. The table in `docs/estimation.md` lists the same.

// ---- Motion -------------------------------------------------------------------------------------------------------

/// Random walk of a locomotive at rest, m²/s. Larger: follows slow drifts of the calibration, forgets sooner.
pub(crate) const REST_WALK: f64 = 2e-6;
/// White acceleration in motion, m²/s³. Larger: follows starts and stops sooner, smooths less.
pub(crate) const ACCELERATION: f64 = 0.06;
/// Random walk of a locomotive's length, m²/s. Larger: a wrong length heals sooner.
pub(crate) const LENGTH_WALK: f64 = 1e-7;
/// Fastest motion in the hall, m/s.
pub(crate) const MAX_SPEED: f64 = 2.3;
/// Mean time at rest, s.
pub(crate) const MEAN_REST: f64 = 150.0;
/// Mean time in motion, s.
pub(crate) const MEAN_MOTION: f64 = 25.0;
/// A locomotive that straddles a gate in motion goes on: its mean time in motion is this many times longer.
pub(crate) const DOOR_MOTION_FACTOR: f64 = 15.0;
/// Standard deviation of the speed of a fresh motion, m/s.
pub(crate) const NEW_MOTION_SPEED: f64 = 0.7;
/// Probability that a locomotive goes with the neighbour that it is coupled to, when that one moves.
pub(crate) const COUPLED_START_PROBABILITY: f64 = 0.7;
/// Time within which it does, s.
pub(crate) const COUPLED_DELAY: f64 = 0.5;
/// A locomotive takes those that it is coupled to along if it is surely faster than this, m/s.
pub(crate) const COUPLED_LEAST_SPEED: f64 = 0.2;
/// How far the speeds of coupled locomotives are apart, standard deviation, m/s.
pub(crate) const COUPLED_SPEED: f64 = 0.1;
/// Longest step of prediction in motion, s.
pub(crate) const MAX_STEP: f64 = 1.0;
/// Longest time a locomotive is predicted over, s: after it everything is known that will be (it stands somewhere).
pub(crate) const MAX_PREDICTION: f64 = 600.0;
/// Share of measurements that have nothing to do with the end they were matched with.
pub(crate) const OUTLIER_SHARE: f64 = 0.03;
/// Density of such a measurement, 1/m.
pub(crate) const OUTLIER_DENSITY: f64 = 0.05;
/// Squared normalised innovation above which a measurement's variance is inflated (Huber).
pub(crate) const HUBER_CHI2: f64 = 5.0;
/// Least probability of a mode: a mode that is written off never comes back.
pub(crate) const LEAST_MODE: f64 = 1e-4;
/// Time in which a tentative end's speed decays, s.
pub(crate) const TENTATIVE_SPEED_DECAY: f64 = 20.0;
/// Probability of motion above which a locomotive is said to move.
pub(crate) const MOVING: f64 = 0.5;

/// Locomotives nearer than this touch, m: the one that is known less well gives way.
pub(crate) const CONTACT: f64 = 0.3;
/// Of two locomotives that touch, the one that was not seen for so much longer, s, is pushed.
pub(crate) const PUSH_UNSEEN: f64 = 2.0;
/// Error of a contact, m.
pub(crate) const CONTACT_SIGMA: f64 = 0.3;

// ---- Measurement --------------------------------------------------------------------------------------------------

/// Random error of a report below which nobody is believed, m.
pub(crate) const LEAST_SIGMA: f64 = 0.05;
/// Largest random error of a report that is used, m.
pub(crate) const MAX_SIGMA: f64 = 6.0;
/// Systematic error of a camera that the facility does not know, m.
pub(crate) const DEFAULT_SYSTEMATIC: f64 = 0.15;
/// How far outside its track a report may lie, m: a locomotive at a gate.
pub(crate) const BEYOND_TRACK: f64 = 40.0;
/// Largest log-odds of one report's kind (head or tail), nats.
pub(crate) const MAX_KIND_VOTE: f64 = 2.0;

/// Time in which the picture of an end at rest, and with it the error, stays the same, s. Larger: σ is more honest, a camera that
/// errs pulls less, a new one is heard sooner.
pub(crate) const ERROR_CORRELATION_AT_REST: f64 = 4.0;
/// The same in motion, s.
pub(crate) const ERROR_CORRELATION_IN_MOTION: f64 = 0.5;
/// Scans that may count as one, at most.
pub(crate) const CORRELATED_SCANS_MAX: f64 = 100.0;

// ---- Association --------------------------------------------------------------------------------------------------

/// False ends per frame and metre of track.
pub(crate) const CLUTTER_DENSITY: f64 = 5e-4;
/// A locomotive at rest does not jump: distance that is always allowed, m.
pub(crate) const GATE_LEAST: f64 = 0.4;
/// The same in standard deviations.
pub(crate) const GATE_SIGMAS: f64 = 3.0;
/// How fast the gate opens while nobody sees the end, m/s.
pub(crate) const GATE_OPENING_SPEED: f64 = 1.1;
/// Time after which it opens no further, s.
pub(crate) const GATE_OPENING_TIME: f64 = 1.5;
/// Largest standard deviation of an end that counts for its gate, m: an end that is lost is found again by a tentative end.
pub(crate) const GATE_MAX_SIGMA: f64 = 0.8;
/// Price of matching an end with a detection whose body extends to the wrong side, nats.
pub(crate) const WRONG_SIDE: f64 = 6.0;
/// Weight of a detection's confidence (log-odds) in a match.
pub(crate) const CONFIDENCE_WEIGHT: f64 = 0.5;
/// Bounds of the log-odds of a confidence, nats.
pub(crate) const MAX_CONFIDENCE_VOTE: f64 = 2.5;
/// A tentative end competes for a detection with this handicap against a locomotive's end, nats.
pub(crate) const TENTATIVE_HANDICAP: f64 = 1.0;

// ---- Evidence -----------------------------------------------------------------------------------------------------

/// Least and largest log-odds of an end, nats. A wider range makes long-known locomotives live longer unseen.
pub(crate) const CHANCE_LLR_MIN: f64 = -4.0;
/// See [`CHANCE_LLR_MIN`].
pub(crate) const CHANCE_LLR_MAX: f64 = 3.5;
/// Log-odds of a fresh tentative end that was seen beside another end in one scan, nats: locomotives couple.
pub(crate) const CHANCE_LLR_BESIDE: f64 = 0.5;
/// Ends are told apart as if each existed with at least this probability.
pub(crate) const EXISTS_LEAST: f64 = 0.5;
/// Log-odds of a fresh tentative end, nats.
pub(crate) const CHANCE_LLR_NEW: f64 = -1.5;
/// Gain of a hit per nat of match score.
pub(crate) const HIT_GAIN: f64 = 0.35;
/// Least gain of a hit, nats.
pub(crate) const HIT_MIN: f64 = 0.5;
/// Largest gain of a hit, nats.
pub(crate) const HIT_MAX: f64 = 2.0;
/// Time after which two looks of one camera count as two, s: sooner ones are copies of one picture.
pub(crate) const SCAN_CORRELATION: f64 = 0.6;
/// Share of a miss that counts.
pub(crate) const MISS_GAIN: f64 = 0.85;
/// The same where the locomotive could not have left unnoticed.
pub(crate) const MISS_GAIN_LOCKED: f64 = 0.3;
/// An end counts as missed although the other one is seen if it was seen so much longer ago, s.
pub(crate) const ONE_SIDED: f64 = 5.0;
/// A camera that looks at this much of the way to a gate sees whoever takes it, m.
pub(crate) const WATCHED_WAY: f64 = 5.0;
/// A camera that is blind with a higher probability watches nothing.
pub(crate) const WATCHING_OUTAGE_MAX: f64 = 0.3;
/// An end at whose place nobody looked for this long is not watched, s.
pub(crate) const UNWATCHED: f64 = 5.0;
/// Time in which one nat of misses is forgotten while an end is not watched and the other end is seen, s.
pub(crate) const MISSES_MEMORY: f64 = 10.0;
/// Without misses: a locomotive that nobody saw for this long is dropped, s.
pub(crate) const TIME_OUT: f64 = 60.0;
/// A locomotive with less existence than this (sum of its ends) is dropped, nats.
pub(crate) const TERMINATION_LOG_ODDS: f64 = -3.0;
/// A tentative end below this is dropped, nats.
pub(crate) const TENTATIVE_TERMINATION: f64 = -2.5;
/// An end of a locomotive that is given up stays a tentative end if it was seen within this time, s.
pub(crate) const REMEMBERED_ENDS: f64 = 5.0;
/// Standard deviation of the speed of such an end, m/s.
pub(crate) const TENTATIVE_SETTLED_SPEED: f64 = 0.1;
/// A tentative end that nobody saw for this long is dropped, s.
pub(crate) const TENTATIVE_TIME_OUT: f64 = 30.0;
/// Least time a tentative end stays, s: no one scan decides.
pub(crate) const TENTATIVE_LEAST_AGE: f64 = 0.5;
/// At most so many tentative ends per track; the weakest go first.
pub(crate) const MAX_TENTATIVE: usize = 24;
/// A cover is believed only this far inside its borders, m.
pub(crate) const COVER_MARGIN: f64 = 0.7;
/// Probability that an end is hidden from a camera, before anything is known.
pub(crate) const HIDDEN_PRIOR: f64 = 0.06;
/// The same after a hit.
pub(crate) const HIDDEN_AFTER_HIT: f64 = 0.04;
/// The same where a neighbour stands before the end.
pub(crate) const HIDDEN_COUPLED: f64 = 0.35;
/// The same where a locomotive of the same track stands between camera and end.
pub(crate) const HIDDEN_BEHIND: f64 = 0.15;
/// Neighbours nearer than this hide each other's ends, m.
pub(crate) const COUPLED_DISTANCE: f64 = 2.5;
/// Time in which a hiding is forgotten, s.
pub(crate) const HIDDEN_MEMORY: f64 = 50.0;
/// Bounds of a learned hit rate.
pub(crate) const DETECTION_MIN: f64 = 0.15;
/// See [`DETECTION_MIN`].
pub(crate) const DETECTION_MAX: f64 = 0.9;
/// Scans that the facility's detection rate is worth when the hit rate is learned.
pub(crate) const DETECTION_PRIOR_SCANS: f64 = 6.0;
/// Scans after which old ones are forgotten.
pub(crate) const DETECTION_MEMORY: f64 = 60.0;
/// Probability that a camera is blind, before anything is known.
pub(crate) const OUTAGE_PRIOR: f64 = 0.03;
/// The same right after it saw something that was expected.
pub(crate) const OUTAGE_AFTER_HIT: f64 = 0.01;
/// Time in which blindness is forgotten, s.
pub(crate) const OUTAGE_MEMORY: f64 = 90.0;
/// Probability that no camera sees anything (lights off), before anything is known.
pub(crate) const LIGHTS_OUT_PRIOR: f64 = 0.01;
/// The same right after any camera saw something that was expected.
pub(crate) const LIGHTS_OUT_AFTER_HIT: f64 = 0.002;
/// A missed end counts for blindness if it should have been seen with at least this probability.
pub(crate) const OUTAGE_LEAST_DETECTION: f64 = 0.3;

// ---- Structure ----------------------------------------------------------------------------------------------------

/// Time between two reviews of a track where something is unexplained, s.
pub(crate) const REVIEW: f64 = 0.3;
/// The same where nothing is, s.
pub(crate) const REVIEW_QUIET: f64 = 10.0;
/// Tentative ends below this are no nodes, nats.
pub(crate) const NODE_LEAST_LLR: f64 = 0.0;
/// Worth of an end that stays what it is, nats.
pub(crate) const KEEP_BONUS: f64 = 1.25;
/// Price of a new pair, nats.
pub(crate) const TWO_END_PRICE: f64 = 1.0;
/// Price of a locomotive that stands still in a gate, nats: nobody parks in a doorway.
pub(crate) const DOORWAY_PRICE: f64 = 3.0;
/// Price of one locomotive where two were known, nats: coupled locomotives are not merged.
pub(crate) const MERGE_PRICE: f64 = 6.0;
/// Worth of labels that agree (one head, one tail), nats per nat.
pub(crate) const LABEL_WEIGHT: f64 = 0.3;
/// A pair waits for so many frames of the slowest camera that looks there: it may show an end in between.
pub(crate) const TWO_END_FRAMES: f64 = 4.0;
/// Price of a half-seen locomotive, nats.
pub(crate) const ONE_END_PRICE: f64 = 2.0;
/// Price of two locomotives that share one visible outer end each, nats.
pub(crate) const COUPLED_PRICE: f64 = 2.5;
/// Worth of a length of the catalogue, nats.
pub(crate) const LENGTH_BONUS: f64 = 0.8;
/// Deviation of a locomotive from its catalogue length, m.
pub(crate) const LENGTH_SIGMA: f64 = 0.3;
/// Worst length prior, nats.
pub(crate) const LENGTH_WORST: f64 = -6.0;
/// How much shorter or longer than the facility's bounds a locomotive may be measured, m.
pub(crate) const LENGTH_SLACK: f64 = 1.0;
/// Two explanations that overlap by less than this do not exclude each other, m.
pub(crate) const OVERLAP: f64 = 0.8;
/// Price of an end that extends to the wrong side, nats.
pub(crate) const SIDE_PRICE: f64 = 5.0;
/// Log-odds of a tentative end's side at which the side is certain, nats.
pub(crate) const SIDE_CERTAIN: f64 = 1.0;
/// Largest log-odds of a side, nats.
pub(crate) const MAX_SIDE_VOTE: f64 = 6.0;
/// Speeds of the ends of one locomotive agree within this, m/s, and two standard deviations.
pub(crate) const SPEED_TOLERANCE: f64 = 0.4;
/// Waiting time of a pair, s.
pub(crate) const TWO_END_WAIT: f64 = 1.6;
/// Hits that each end of a pair needs.
pub(crate) const TWO_END_HITS: u32 = 4;
/// Waiting time of a pair that may be two short locomotives, or that has no catalogue length, s.
pub(crate) const DOUBTFUL_TWO_END_WAIT: f64 = 12.0;
/// Log probability that the other end of a half-seen locomotive is seen to neither side and yet there is none that is hidden.
pub(crate) const NEITHER_SIDE: f64 = -2.0;
/// A half-seen locomotive extends to the side that is likelier by so much, nats.
pub(crate) const ONE_END_CLEAR: f64 = 0.4;
/// Waiting time of a half-seen locomotive, s.
pub(crate) const ONE_END_WAIT: f64 = 18.0;
/// The same where it moves in through a gate, s.
pub(crate) const DOOR_ONE_END_WAIT: f64 = 2.0;
/// The same where its number was read, s: a false end bears none.
pub(crate) const NUMBERED_ONE_END_WAIT: f64 = 4.0;
/// How far inside of an end the number that it bears may be read, m.
pub(crate) const NUMBER_REACH: f64 = 4.0;
/// Waiting time of a rake whose inner ends nobody sees, s.
pub(crate) const COUPLED_WAIT: f64 = 15.0;
/// Speed above which a locomotive is said to move in through a gate, m/s.
pub(crate) const DOOR_SPEED_IN: f64 = 0.25;
/// How far behind a gate the trailing end of a locomotive that came in may first be seen, m.
pub(crate) const DOOR_TRAIL: f64 = 8.0;
/// How long a different explanation of known locomotives must win, s.
pub(crate) const HYSTERESIS: f64 = 25.0;
/// A locomotive that is known for a short time is given up sooner: after this share of the time, and at least …
pub(crate) const HYSTERESIS_SHARE: f64 = 0.5;
/// … after this time, s.
pub(crate) const HYSTERESIS_LEAST: f64 = 3.0;
/// Age and hits of a tentative end that becomes the end of a known locomotive that nobody has ever seen, s.
pub(crate) const CLAIM_WAIT: f64 = 0.5;
/// See [`CLAIM_WAIT`].
pub(crate) const CLAIM_HITS: u32 = 3;
/// Age and hits of a tentative end that is taken for the end of a known locomotive that was lost, s.
pub(crate) const REACQUIRE_WAIT: f64 = 0.6;
/// See [`REACQUIRE_WAIT`].
pub(crate) const REACQUIRE_HITS: u32 = 4;
/// A locomotive is lost, too, if both its ends are believed so much less than what appeared since, nats.
pub(crate) const FADING_MARGIN: f64 = 1.0;
/// How fast a lost locomotive may have run unseen, m/s.
pub(crate) const REACQUIRE_SPEED: f64 = 2.3;
/// How long a lost locomotive may have run unseen when it is found again, s.
pub(crate) const REACQUIRE_UNSEEN: f64 = 120.0;
/// An end that is overlooked with less than this log probability is not out of sight, nats.
pub(crate) const OUT_OF_SIGHT: f64 = 0.7;
/// The same where a known locomotive was not seen since the new ends appeared, and they are as far apart, s.
pub(crate) const RELINK_HYSTERESIS: f64 = 1.5;
/// Worst log-odds that an end comes and goes like a real one while another one stands right before it, nats.
pub(crate) const CROWDED_WORST: f64 = -1.0;
/// Log-odds that something that is seen again and again in one place is an end of a locomotive, before it is known how it comes
/// and goes.
pub(crate) const PERSISTENT_PRIOR: f64 = 3.0;
/// Worst and best log-odds that an end comes and goes like a real one, nats.
pub(crate) const PATTERN_WORST: f64 = -4.0;
/// See [`PATTERN_WORST`].
pub(crate) const PATTERN_BEST: f64 = 0.5;
/// Scans of each level of confidence that are taken for granted, of real ends and of false ones, before any is known.
pub(crate) const CALIBRATION_PRIOR_SCANS: f64 = 5.0;
/// Scans after which the confidences of old ones are forgotten.
pub(crate) const CALIBRATION_MEMORY: f64 = 20_000.0;
/// Existence (log-odds) from which a locomotive's ends teach what real ends look like, nats.
pub(crate) const CALIBRATION_LEAST_EXISTENCE: f64 = 3.0;
/// Scans that the confidences of one end count for, at most: it always looks alike.
pub(crate) const CONFIDENCE_SCANS_MAX: f64 = 15.0;
/// Worst and best log-odds that an end is real because of its confidences, nats.
pub(crate) const CONFIDENCE_WORST: f64 = -6.0;
/// See [`CONFIDENCE_WORST`].
pub(crate) const CONFIDENCE_BEST: f64 = 0.5;
/// Log probability that an end is hidden from a camera for good: a stretch of misses speaks no more than this against it, nats.
pub(crate) const HIDDEN_FOR_GOOD: f64 = -2.0;
/// A camera that has seen an end so often (old hits forgotten) is a witness of it; two witnesses make it real.
pub(crate) const WITNESS_HITS: f64 = 4.0;
/// Hits by one camera after which an end that comes and goes like a real one is certainly real.
pub(crate) const PROVEN_HITS: f64 = 10.0;
/// Scans that the facility's detection rate is worth when an end is compared with a false one.
pub(crate) const EXPECTED_SCANS: f64 = 200.0;
/// Largest detection rate that a facility's cover is believed.
pub(crate) const EXPECTED_DETECTION_MAX: f64 = 0.95;
/// Probability that a watched end is missed for long by one camera.
pub(crate) const OVERLOOKED: f64 = 0.1;
/// Distance between the lengths tried where the facility has no catalogue, m.
pub(crate) const LENGTH_STEP: f64 = 1.0;
/// Variance within a length that is tried, m².
pub(crate) const LENGTH_VARIANCE: f64 = 0.04;
/// Scans that do not show the other end lower the log weight of a length to this at most, nats.
pub(crate) const UNSEEN_WORST: f64 = -3.0;
/// Worst log weight of a length of a half-seen locomotive relative to the best, nats.
pub(crate) const LENGTH_WEIGHT_WORST: f64 = -8.0;
/// Shortest and longest distance between coupled locomotives, m.
pub(crate) const COUPLING: (f64, f64) = (0.5, 1.8);

// ---- Coming, going, being the same --------------------------------------------------------------------------------

/// A locomotive has left when its inner end is predicted this far inside the gate, m. Positive: rather early, it cannot be seen.
pub(crate) const DEPARTED_DEPTH: f64 = 0.5;
/// Farther outside a gate than this nothing is followed, m.
pub(crate) const DOORWAY_DEPTH: f64 = 1.0;
/// A locomotive whose inner end nobody sees leaves the doorway after this time, s.
pub(crate) const DOORWAY_PATIENCE: f64 = 60.0;
/// How well the lengths of two sightings of one locomotive agree, m.
pub(crate) const SAME_LENGTH: f64 = 0.5;
/// How long a locomotive that left is remembered, s.
pub(crate) const DEPARTED_MEMORY: f64 = 3600.0;
/// How many are remembered.
pub(crate) const DEPARTED_MOST: usize = 150;
/// How long a camera that saw an end counts for its systematic error, s.
pub(crate) const SYSTEMATIC_MEMORY: f64 = 600.0;
/// A locomotive that nobody saw for this long coasts, s.
pub(crate) const COASTING: f64 = 10.0;
/// Cameras that saw a locomotive within this time see it, s.
pub(crate) const SEEN_RECENTLY: f64 = 2.0;
/// Offset of the log-odds of a locomotive's confidence, nats.
pub(crate) const CONFIDENCE_OFFSET: f64 = 0.3;
/// Bound of one camera's votes on head and tail, nats: a camera that is wrong is wrong all day.
pub(crate) const ORIENTATION_CAP: f64 = 2.5;
/// A model or plate belongs to the locomotive that contains its place by this much less its standard deviation, m.
pub(crate) const ATTRIBUTE_INSIDE: f64 = 0.5;
/// Power of one model reading: those of one camera are correlated.
pub(crate) const MODEL_TEMPER: f64 = 0.5;
/// Worst log-probability of a model, nats.
pub(crate) const MODEL_FLOOR: f64 = -12.0;
/// A model this probable by its looks is that of an end.
pub(crate) const MODEL_CERTAIN: f64 = 0.9;
/// How long a reading waits for the locomotive that it was read of, s: longer than any locomotive waits to be believed.
pub(crate) const PENDING_MEMORY: f64 = 20.0;
/// Readings of a track that wait.
pub(crate) const PENDING_MOST: usize = 64;
/// Weight of a plate reading whose check digit passed.
pub(crate) const PLATE_PASSED: f64 = 2.0;
/// Weight of a plate reading that has the form of no scheme of the site: a mark, or a part of a number.
pub(crate) const PLATE_STRANGER: f64 = 0.1;
/// Most votes of one camera for the numbers of one locomotive: it repeats itself, and newer readings displace older ones.
pub(crate) const PLATE_CAMERA_MOST: f64 = 16.0;
/// A number this probable names its locomotive.
pub(crate) const PLATE_CERTAIN: f64 = 0.9;
/// Different plates remembered per locomotive and camera.
pub(crate) const PLATES_MOST: usize = 16;
/// Votes of an unknown plate: what all the plates never read share.
pub(crate) const PLATE_UNKNOWN: f64 = 0.8;

// ---- Time ---------------------------------------------------------------------------------------------------------

/// Shortest reorder window, s.
pub(crate) const WINDOW_MIN: f64 = 0.4;
/// Longest reorder window, s.
pub(crate) const WINDOW_MAX: f64 = 8.0;
/// Window = this factor times the largest 95 % delay, plus [`WINDOW_EXTRA`].
pub(crate) const WINDOW_FACTOR: f64 = 1.1;
/// See [`WINDOW_FACTOR`], s.
pub(crate) const WINDOW_EXTRA: f64 = 0.1;
/// Cameras heard within this time set the window, s.
pub(crate) const WINDOW_RECENT: f64 = 10.0;
/// Time between two reviews of the window's width, s.
pub(crate) const WINDOW_REVIEW: f64 = 0.25;
/// Reports that may wait; more are refused: nothing grows.
pub(crate) const MOST_WAITING: usize = 100_000;
/// Event time between two settlements of all tracks, ns.
pub(crate) const REVIEW_GRID_NS: i64 = 250_000_000;
/// Longest silence that is gone through step by step, s: after it everything is known that will be.
pub(crate) const LONGEST_IDLE: f64 = 600.0;
/// Delays remembered per camera.
pub(crate) const DELAYS: usize = 64;
/// A camera is live if it looked within this many of its frame times, plus [`LIVE_EXTRA`].
pub(crate) const LIVE_FRAMES: f64 = 3.0;
/// See [`LIVE_FRAMES`], s.
pub(crate) const LIVE_EXTRA: f64 = 1.0;
/// An arrival that is farther than this from all others must be confirmed, s.
pub(crate) const LONGEST_JUMP: f64 = 3600.0;
/// Arrivals nearer to each other than this are of one clock, s.
pub(crate) const SAME_CLOCK: f64 = 60.0;
/// After so many arrivals far in the past the clock was set back.
pub(crate) const SET_BACK: u32 = 100;
/// Names of flows that are listed, at most.
pub(crate) const MOST_INPUTS: usize = 64;
/// Silence longer than this is no stretch to fill with states, s.
pub(crate) const LONGEST_SILENCE: f64 = 86_400.0;

// ---- Sides --------------------------------------------------------------------------------------------------------

/// An end this near to where a body stops belongs to that body, m.
pub(crate) const BORDER_NEAR: f64 = 1.5;
/// Standard deviation of the place where a body stops, m.
pub(crate) const BORDER_SIGMA: f64 = 0.4;
/// A camera shows the bodies of real ends if it showed so many of known locomotives, and this share of them with bodies.
pub(crate) const BODY_SUPPORT_SCANS: f64 = 20.0;
/// See [`BODY_SUPPORT_SCANS`].
pub(crate) const BODY_SUPPORT_LEAST: f64 = 0.7;
/// Scans after which old ones are forgotten.
pub(crate) const BODY_SUPPORT_MEMORY: f64 = 200.0;
/// Log-odds that the reported body direction of an end is right, nats.
pub(crate) const BODY_VOTE: f64 = 1.5;
/// Log-odds that a camera that sees only ends facing it shows one that does, nats.
pub(crate) const FACING_VOTE: f64 = 4.0;
