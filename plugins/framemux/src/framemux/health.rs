// SPDX-License-Identifier: MIT OR Apache-2.0
//! The health of live cameras, which is told downstream. What a camera's own source says of it counts most; where all is well
//! by that, or it says nothing, the aggregator's own view counts.

use std::collections::BTreeMap;

use messages::{CameraHealth, Health};

/// The health of all cameras, by index.
#[derive(Debug, Default)]
pub struct Healths(BTreeMap<u32, Known>);

/// What is known of one camera.
#[derive(Debug, Default)]
struct Known {
    /// What its source says.
    source: Option<CameraHealth>,
    /// What the aggregator sees: `None` if frames come and are used.
    own: Option<CameraHealth>,
    /// What was told last.
    told: Option<CameraHealth>,
}

impl Healths {
    /// The source of camera `index` says how it is.
    pub fn source_says(&mut self, index: u32, health: CameraHealth) {
        self.0.entry(index).or_default().source = Some(health);
    }

    /// Nothing of camera `index` is used, and why; `None` if it is again.
    pub fn is_seen(&mut self, index: u32, health: Option<CameraHealth>) {
        self.0.entry(index).or_default().own = health;
    }

    /// Forgets camera `index`.
    pub fn remove(&mut self, index: u32) {
        self.0.remove(&index);
    }

    /// Forgets all cameras.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// What has changed since this was asked last, with the index of the camera.
    pub fn news(&mut self) -> Vec<(u32, CameraHealth)> {
        let changed = self.0.iter_mut().filter_map(|(&index, known)| {
            let now = known.now()?;
            (known.told.as_ref() != Some(&now)).then(|| {
                known.told = Some(now.clone());
                (index, now)
            })
        });
        changed.collect()
    }
}

impl Known {
    /// How the camera is; `None` as long as nobody has said anything.
    fn now(&self) -> Option<CameraHealth> {
        let is_well = |health: &&CameraHealth| health.health == Health::Online;
        let source = self.source.as_ref();
        let bad = source.filter(|health| !is_well(health));
        let known = bad.or(self.own.as_ref()).or(source);
        known.cloned().or_else(|| {
            let told = self.told.as_ref()?;
            Some(CameraHealth::new(told.camera.as_str(), Health::Online))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn health(health: Health) -> CameraHealth {
        CameraHealth::new("C1", health)
    }

    /// What is told next.
    fn told(healths: &mut Healths) -> Vec<Health> {
        let news = healths.news();
        news.into_iter().map(|(_, health)| health.health).collect()
    }

    #[test]
    fn the_source_knows_best_and_the_aggregator_fills_in() {
        let mut healths = Healths::default();
        assert!(told(&mut healths).is_empty());
        healths.source_says(0, health(Health::Online));
        assert_eq!(told(&mut healths), [Health::Online]);
        healths.is_seen(0, Some(health(Health::Stalled)));
        assert_eq!(told(&mut healths), [Health::Stalled]);
        healths.source_says(0, health(Health::Offline));
        assert_eq!(told(&mut healths), [Health::Offline]);
        healths.source_says(0, health(Health::Online));
        assert_eq!(told(&mut healths), [Health::Stalled]);
        healths.is_seen(0, None);
        assert_eq!(told(&mut healths), [Health::Online]);
        assert!(told(&mut healths).is_empty());
    }

    #[test]
    fn a_camera_without_a_source_of_its_own_comes_back() {
        let mut healths = Healths::default();
        healths.is_seen(0, Some(health(Health::Stalled)));
        assert_eq!(told(&mut healths), [Health::Stalled]);
        healths.is_seen(0, None);
        assert_eq!(told(&mut healths), [Health::Online]);
    }
}
