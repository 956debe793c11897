// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the supervisor hears.

use picture::Condition;

use super::loss::Loss;
use super::receiver::PlayingTime;

/// What the supervisor is told.
#[derive(Debug)]
pub enum Event {
    /// The element plays.
    Play(PlayingTime),
    /// The element does not play any more.
    Pause,
    /// A property was set.
    Configured,
    /// Something happened to the connection of this number.
    News(u64, News),
    /// The element stops.
    Quit,
}

/// What happened to a connection.
#[derive(Debug)]
pub enum News {
    /// First data came.
    Data,
    /// The first picture came.
    Picture,
    /// What its pictures are became another.
    Condition(Condition),
    /// It cannot be compared with its reference picture, and why.
    NoReference(String),
    /// The camera's clock went wrong by so much, ns.
    WrongClock(i64),
    /// How long pictures take through it changed.
    Latency,
    /// The stream ended.
    Ended,
    /// It failed.
    Failed(Loss),
}
