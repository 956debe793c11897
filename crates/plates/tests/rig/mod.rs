// SPDX-License-Identifier: MIT OR Apache-2.0
//! Made tensors: what a network would say of a plate, as clear or as doubtful as a test wants.

#![allow(dead_code, reason = "every test uses its part")]

use roundhouse_plates::{Alphabet, CropReading, Emissions, Shape, fold};

/// A small generator of random numbers (xorshift), the same on every machine.
pub struct Random(pub u64);

impl Random {
    /// Uniform in 0..1.
    pub fn unit(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.unit() * n as f64) as usize
    }
}

/// A glyph as a network sees it: shapes and how likely each is. What is missing to 1 is spread over all classes.
pub type Glyph = Vec<(Shape, f64)>;

pub fn shape(sign: char) -> Shape {
    Shape::of(sign).unwrap()
}

/// Clear glyphs.
pub fn glyphs(text: &str) -> Vec<Glyph> {
    fold(text)
        .unwrap()
        .into_iter()
        .map(|shape| vec![(shape, 0.999)])
        .collect()
}

/// The text with one doubtful glyph: `others` take their shares from it.
pub fn doubtful(text: &str, position: usize, others: &[(char, f64)]) -> Vec<Glyph> {
    let mut glyphs = glyphs(text);
    let taken: f64 = others.iter().map(|(_, share)| share).sum();
    glyphs[position][0].1 -= taken;
    glyphs[position].extend(others.iter().map(|(sign, share)| (shape(*sign), *share)));
    glyphs
}

/// A step for every glyph, a blank one between.
pub fn emissions(glyphs: &[Glyph]) -> Emissions {
    let classes = 1 + Shape::COUNT + 2;
    let blank = |silence: f32| {
        let mut row = vec![(1.0 - silence) / (classes - 1) as f32; classes];
        row[0] = silence;
        row
    };
    let mut tensor = blank(0.9999);
    for glyph in glyphs {
        let rest = 1.0 - glyph.iter().map(|(_, p)| p).sum::<f64>();
        let mut row = vec![(rest / classes as f64) as f32; classes];
        for (shape, p) in glyph {
            row[1 + shape.index()] += *p as f32;
        }
        tensor.extend(row);
        tensor.extend(blank(0.9999));
    }
    Emissions::new(&Alphabet::shipped(), &tensor, classes).unwrap()
}

pub fn reading(view: &str, frame: u64, glyphs: &[Glyph]) -> CropReading {
    CropReading {
        view: view.to_owned(),
        frame,
        height: 24.0,
        emissions: emissions(glyphs),
    }
}
