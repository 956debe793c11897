// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is wrong with a camera: it gives no pictures, or they do not show the hall as they should.

use picture::Condition;

use super::loss::Loss;

/// What is wrong with a camera.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// It gives no pictures.
    Loss(Loss),
    /// Its pictures are not what they should be.
    Picture(Condition),
}

impl Fault {
    /// The fault of pictures in this `condition`, if it is one.
    pub fn of(condition: Condition) -> Option<Self> {
        (condition != Condition::Good).then_some(Self::Picture(condition))
    }

    /// One word for machines.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Loss(loss) => loss.word(),
            Self::Picture(condition) => condition.word(),
        }
    }

    /// What is wrong with `camera`, and what to do.
    pub fn sentence(&self, camera: &str) -> String {
        match self {
            Self::Loss(loss) => format!("camera {camera} {loss}"),
            Self::Picture(condition @ Condition::Moved(_)) => {
                format!(
                    "camera {camera} has {condition} since its reference picture was taken: {}",
                    condition.remedy()
                )
            }
            Self::Picture(condition @ Condition::Elsewhere) => {
                format!(
                    "camera {camera} shows nothing of its reference picture: {}",
                    condition.remedy()
                )
            }
            Self::Picture(condition) => {
                format!(
                    "the picture of camera {camera} is {condition}: {}",
                    condition.remedy()
                )
            }
        }
    }

    /// Whether it is said again when a camera that is away already comes to have it.
    pub fn is_news(&self) -> bool {
        match self {
            Self::Loss(loss) => loss.needs_a_person(),
            Self::Picture(_) => true,
        }
    }
}
