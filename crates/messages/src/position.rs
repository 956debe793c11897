// SPDX-License-Identifier: MIT OR Apache-2.0
//! What one camera frame says about ends of locomotives.

use serde::Serialize;

use crate::clock::Clock;
use crate::number::{metres, optional_sigma, probability, sigma};
use crate::read::{Object, ParseError};
use crate::words::words;

words! {
    /// Which of a locomotive's two ends, seen along the track.
    Side {
        /// The end at smaller s: its locomotive extends to larger s, its face looks towards s = 0.
        Low = "low",
        /// The end at larger s: its locomotive extends to smaller s.
        High = "high",
    }
}

words! {
    /// Which end of the locomotive this is, by its looks.
    EndKind {
        /// The locomotive's head.
        Head = "head",
        /// The locomotive's tail.
        Tail = "tail",
        /// The detector does not say.
        Unknown = "unknown",
    }
}

words! {
    /// To which side of a place along the track something extends.
    Direction {
        /// Towards larger s.
        Above = "above",
        /// Towards smaller s.
        Below = "below",
    }
}

/// One look: what one camera frame showed, even if that is nothing (an empty look is evidence of emptiness).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PositionReport {
    /// The camera's id.
    pub camera: String,
    /// The frame's number in its camera.
    pub frame: u64,
    /// The clock behind the event time; `None` where it is not known: in recordings, and of cameras that do not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
    /// Where an end would have been seen in this frame; `None`: where the facility says that this camera sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub covers: Option<Vec<Cover>>,
    /// The ends seen.
    pub ends: Vec<EndReport>,
    /// The bodies seen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bodies: Vec<BodyReport>,
}

/// A stretch of track on which an end would be seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cover {
    /// The track's id.
    pub track: String,
    /// Start, metres along the track.
    #[serde(serialize_with = "metres")]
    pub from: f64,
    /// End, metres along the track, at least `from`.
    #[serde(serialize_with = "metres")]
    pub to: f64,
    /// Which ends are seen there; `None`: both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
}

/// One end of a locomotive, seen in one frame.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EndReport {
    /// The track's id.
    pub track: String,
    /// Metres along the track; outside [0, length] is legal at gates.
    #[serde(serialize_with = "metres")]
    pub s: f64,
    /// Random error of `s`, metres, one standard deviation.
    #[serde(serialize_with = "sigma")]
    pub sigma: f64,
    /// Error that all reports of this camera on this track share, metres, one standard deviation.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "optional_sigma"
    )]
    pub sigma_systematic: Option<f64>,
    /// Head or tail.
    pub kind: EndKind,
    /// Probability that `kind` is right.
    #[serde(serialize_with = "probability")]
    pub kind_confidence: f64,
    /// The detector's confidence that this is an end at all.
    #[serde(serialize_with = "probability")]
    pub confidence: f64,
    /// To which side the locomotive extends, if visible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Direction>,
    /// Other places this end may be at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Alternative>,
}

/// A less likely place of an end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alternative {
    /// The track's id.
    pub track: String,
    /// Metres along the track.
    #[serde(serialize_with = "metres")]
    pub s: f64,
    /// Probability that the end is here.
    #[serde(serialize_with = "probability")]
    pub p: f64,
}

/// A stretch of track on which the body of a locomotive was seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BodyReport {
    /// The track's id.
    pub track: String,
    /// Start of what is visible, metres along the track.
    #[serde(serialize_with = "metres")]
    pub from: f64,
    /// End of what is visible, metres along the track.
    #[serde(serialize_with = "metres")]
    pub to: f64,
    /// The body may go on below `from`.
    pub open_from: bool,
    /// The body may go on above `to`.
    pub open_to: bool,
    /// The detector's confidence.
    #[serde(serialize_with = "probability")]
    pub confidence: f64,
}

impl PositionReport {
    /// Reads it from the data of a document.
    pub(crate) fn read(data: &Object) -> Result<Self, ParseError> {
        Ok(Self {
            camera: data.need("camera")?.name()?,
            frame: data.need("frame")?.count()?,
            clock: data
                .get("clock")
                .map(|field| Clock::read(&field.object()?))
                .transpose()?,
            covers: data
                .get("covers")
                .map(|field| field.objects(Cover::read))
                .transpose()?,
            ends: data.need("ends")?.objects(EndReport::read)?,
            bodies: data.list("bodies", BodyReport::read)?,
        })
    }
}

impl Cover {
    /// Reads it from the fields of an object.
    fn read(object: &Object) -> Result<Self, ParseError> {
        let (from, to) = read_interval(object)?;
        Ok(Self {
            track: object.need("track")?.name()?,
            from,
            to,
            side: object
                .get("side")
                .map(|field| field.word(Side::WORDS, Side::from_word))
                .transpose()?,
        })
    }
}

impl EndReport {
    /// Reads it from the fields of an object.
    fn read(object: &Object) -> Result<Self, ParseError> {
        Ok(Self {
            track: object.need("track")?.name()?,
            s: object.need("s")?.number()?,
            sigma: object.need("sigma")?.sigma()?,
            sigma_systematic: object
                .get("sigma_systematic")
                .map(|field| field.sigma())
                .transpose()?,
            kind: object
                .need("kind")?
                .word(EndKind::WORDS, EndKind::from_word)?,
            kind_confidence: object.need("kind_confidence")?.probability()?,
            confidence: object.need("confidence")?.probability()?,
            body: object
                .get("body")
                .map(|field| field.word(Direction::WORDS, Direction::from_word))
                .transpose()?,
            alternatives: object.list("alternatives", Alternative::read)?,
        })
    }
}

impl Alternative {
    /// Reads it from the fields of an object.
    fn read(object: &Object) -> Result<Self, ParseError> {
        Ok(Self {
            track: object.need("track")?.name()?,
            s: object.need("s")?.number()?,
            p: object.need("p")?.probability()?,
        })
    }
}

impl BodyReport {
    /// Reads it from the fields of an object.
    fn read(object: &Object) -> Result<Self, ParseError> {
        let (from, to) = read_interval(object)?;
        Ok(Self {
            track: object.need("track")?.name()?,
            from,
            to,
            open_from: object.need("open_from")?.flag()?,
            open_to: object.need("open_to")?.flag()?,
            confidence: object.need("confidence")?.probability()?,
        })
    }
}

/// `from` and `to`, in order.
fn read_interval(object: &Object) -> Result<(f64, f64), ParseError> {
    let (from, to) = (object.need("from")?.number()?, object.need("to")?);
    match to.number()? {
        end if end >= from => Ok((from, end)),
        end => Err(to.refuse(format!("is {end}, expected at least 'from' ({from})"))),
    }
}
