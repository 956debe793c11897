// SPDX-License-Identifier: MIT OR Apache-2.0
//! One end as each camera knows it: in the order in which they came to know it, and found by camera.

use serde::{Deserialize, Serialize};

use super::evidence::Link;

/// One link per camera.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Link>", into = "Vec<Link>")]
pub(super) struct Links {
    all: Vec<Link>,
    /// Camera and place in `all`, sorted.
    places: Vec<(usize, usize)>,
}

impl Links {
    /// All of them, in order.
    pub(super) fn iter(&self) -> std::slice::Iter<'_, Link> {
        self.all.iter()
    }

    /// The link of a camera.
    pub(super) fn of(&self, camera: usize) -> Option<&Link> {
        let found = self.find(camera).ok()?;
        Some(&self.all[self.places[found].1])
    }

    /// The link of a camera; if there is none yet, a new one.
    pub(super) fn of_or(&mut self, camera: usize, new: impl FnOnce() -> Link) -> &mut Link {
        let place = match self.find(camera) {
            Ok(found) => self.places[found].1,
            Err(between) => {
                self.places.insert(between, (camera, self.all.len()));
                self.all.push(new());
                self.all.len() - 1
            }
        };
        &mut self.all[place]
    }

    /// Forgets those that are not to be kept.
    pub(super) fn retain(&mut self, keep: impl FnMut(&Link) -> bool) {
        let before = self.all.len();
        self.all.retain(keep);
        if self.all.len() < before {
            *self = std::mem::take(&mut self.all).into();
        }
    }

    fn find(&self, camera: usize) -> Result<usize, usize> {
        self.places.binary_search_by_key(&camera, |place| place.0)
    }
}

impl From<Vec<Link>> for Links {
    fn from(all: Vec<Link>) -> Self {
        let mut places: Vec<(usize, usize)> = all
            .iter()
            .enumerate()
            .map(|(place, link)| (link.camera, place))
            .collect();
        places.sort_unstable();
        Self { all, places }
    }
}

impl From<Links> for Vec<Link> {
    fn from(links: Links) -> Self {
        links.all
    }
}
