// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a locomotive runs: legs with an even start, an even speed and an even stop.

/// One run from rest to rest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leg {
    /// When it starts, s.
    pub(crate) start: f64,
    /// How far, m; negative: towards s = 0.
    pub(crate) distance: f64,
    /// Highest speed reached, m/s.
    speed: f64,
    /// m/s².
    acceleration: f64,
}

impl Leg {
    /// A run of at most `speed`; a short one does not reach it.
    pub(crate) fn new(start: f64, distance: f64, speed: f64, acceleration: f64) -> Self {
        let reachable = (distance.abs() * acceleration).sqrt();
        Self {
            start,
            distance,
            speed: speed.min(reachable).max(1e-3),
            acceleration,
        }
    }

    /// How long it speeds up, and as long it brakes, s.
    fn ramp(&self) -> f64 {
        self.speed / self.acceleration
    }

    /// How long it takes, s.
    fn duration(&self) -> f64 {
        self.distance.abs() / self.speed + self.ramp()
    }

    /// When it ends, s.
    pub(crate) fn end(&self) -> f64 {
        self.start + self.duration()
    }

    /// Metres run until `t`, signed.
    pub(crate) fn travelled(&self, t: f64) -> f64 {
        let (since, left) = (t - self.start, self.end() - t);
        let half = self.acceleration / 2.0;
        let done = if since <= 0.0 {
            0.0
        } else if left <= 0.0 {
            self.distance.abs()
        } else if since < self.ramp() {
            half * since * since
        } else if left < self.ramp() {
            self.distance.abs() - half * left * left
        } else {
            self.speed * (since - self.ramp() / 2.0)
        };
        self.distance.signum() * done
    }

    /// Speed at `t`, m/s, signed.
    pub(crate) fn velocity(&self, t: f64) -> f64 {
        let (since, left) = (t - self.start, self.end() - t);
        if since <= 0.0 || left <= 0.0 {
            return 0.0;
        }
        self.distance.signum() * self.speed.min(self.acceleration * since.min(left))
    }
}

#[cfg(test)]
mod tests {
    use super::Leg;

    #[test]
    fn speed_is_the_slope_of_the_way() {
        for distance in [-40.0, 0.8, 25.0] {
            let leg = Leg::new(3.0, distance, 1.5, 0.2);
            assert!((leg.travelled(leg.end()) - distance).abs() < 1e-9);
            for step in 0..2000 {
                let t = f64::from(step) * 0.05;
                let slope = (leg.travelled(t + 1e-4) - leg.travelled(t - 1e-4)) / 2e-4;
                assert!((slope - leg.velocity(t)).abs() < 1e-3, "{distance} at {t}");
            }
        }
    }
}
