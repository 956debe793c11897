// SPDX-License-Identifier: MIT OR Apache-2.0
//! Prints what is wrong with raw footage, and when that changes; the first picture is the reference.
//!
//! ```sh
//! gst-launch-1.0 -q filesrc location=tests/data/demo/C1.mp4 ! decodebin ! videoconvert ! video/x-raw,format=GRAY8 ! fdsink \
//!   | cargo run -p roundhouse-picture --example conditions -- 960 540 5
//! ```

use std::io::Read;

use picture::{Checks, Luma, Settings};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let numbers: Vec<usize> = std::env::args()
        .skip(1)
        .map(|text| text.parse())
        .collect::<Result<_, _>>()?;
    let &[width, height, rate] = numbers.as_slice() else {
        return Err("usage: conditions WIDTH HEIGHT FRAMES_PER_SECOND < raw GRAY8 frames".into());
    };
    let mut bytes = vec![0; width * height];
    let mut input = std::io::stdin().lock();
    let mut checks: Option<Checks> = None;
    let (mut frames, mut damaged, mut unchanged, mut last) = (0_usize, 0, 0, None);
    while input.read_exact(&mut bytes).is_ok() {
        let picture = Luma::new(&bytes, width, height, width)?;
        let checks = checks.get_or_insert_with(|| Checks::new(Settings::default(), Some(picture)));
        let time = (frames * 1_000_000_000 / rate) as i64;
        let verdict = checks.check(picture, time, frames % (2 * rate) == 0);
        damaged += usize::from(verdict.damaged);
        unchanged += usize::from(verdict.unchanged_since.is_some());
        if last.as_deref() != Some(verdict.condition.word()) {
            println!("{:7.1} s  {}", time as f64 * 1e-9, verdict.condition);
        }
        last = Some(verdict.condition.word().to_owned());
        frames += 1;
    }
    println!("{frames} frames, {damaged} damaged, {unchanged} unchanged");
    Ok(())
}
