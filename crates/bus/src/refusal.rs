// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a single message is not taken.

/// The kind of reason, by which refusals are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefusalReason {
    /// It is larger than the limit.
    TooLarge,
    /// It is no CloudEvents JSON document.
    NoEvent,
    /// Its type or version is not known.
    UnknownType,
    /// It belongs to a flow that is not accepted.
    ForeignFlow,
    /// It has more or fewer parts than its transport asks for.
    WrongParts,
    /// A picture does not have the size that is said of it, or cannot be decoded.
    BadPicture,
    /// The broker knows nobody to give it to.
    Unroutable,
    /// What its `dataref` names is not there any more.
    Expired,
    /// The broker refused it.
    Rejected,
    /// There is no room to keep it until it is sent.
    Full,
}

impl RefusalReason {
    /// All reasons.
    pub const ALL: [Self; 10] = [
        Self::TooLarge,
        Self::NoEvent,
        Self::UnknownType,
        Self::ForeignFlow,
        Self::WrongParts,
        Self::BadPicture,
        Self::Unroutable,
        Self::Expired,
        Self::Rejected,
        Self::Full,
    ];

    /// Its name in counters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::NoEvent => "no-event",
            Self::UnknownType => "unknown-type",
            Self::ForeignFlow => "foreign-flow",
            Self::WrongParts => "wrong-parts",
            Self::BadPicture => "bad-picture",
            Self::Unroutable => "unroutable",
            Self::Expired => "expired",
            Self::Rejected => "rejected",
            Self::Full => "full",
        }
    }
}

/// Refuses a message that is larger than the limit, bytes.
pub(crate) fn fits(size: usize, largest: usize) -> Result<(), Refusal> {
    if size <= largest {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalReason::TooLarge,
        format!("message of {size} bytes, at most {largest} are allowed"),
    ))
}

/// Refuses an event of a flow that is not among those subscribed to; none stands for all.
pub(crate) fn is_accepted(flow: &str, flows: &[String]) -> Result<(), Refusal> {
    if flows.is_empty() || flows.iter().any(|accepted| accepted == flow) {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalReason::ForeignFlow,
        format!(
            "event of flow '{flow}'; subscribed are {}",
            flows.join(", ")
        ),
    ))
}

/// Why one message is not taken. The stream goes on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct Refusal {
    /// The kind of reason.
    pub reason: RefusalReason,
    sentence: String,
}

impl Refusal {
    /// A reason and its sentence.
    pub fn new(reason: RefusalReason, sentence: impl Into<String>) -> Self {
        Self {
            reason,
            sentence: sentence.into(),
        }
    }
}
