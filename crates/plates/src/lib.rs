// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a network's tensors become running numbers.
//!
//! A network reads a crop as probabilities of shapes from left to right ([`Emissions`]). A site's [`Numbering`] says which
//! numbers there are: schemes with check digits, and a roster of known locomotives. A [`Ballot`] gathers readings of one plate
//! over frames and cameras and gives a [`Verdict`]: the number, how sure it is, which of its signs are doubtful, and what it
//! would be otherwise. Formulae, schemes and their worked examples: `docs/plates.md`.
//!
//! ```
//! use roundhouse_plates::{Alphabet, Ballot, Emissions, CropReading, Numbering, Tempering};
//!
//! let alphabet = Alphabet::parse("<blank>\n1\n8\n5\n2\n3\n7").expect("an alphabet");
//! let numbering = Numbering::shipped().expect("the shipped schemes");
//! // Seven steps that say 1 8 5 1 2 3 and, rather a 1 than a 7, the check digit.
//! let mut tensor = vec![0.0; 7 * 7];
//! for (step, class) in [1, 2, 3, 1, 4, 5].into_iter().enumerate() {
//!     tensor[step * 7 + class] = 1.0;
//! }
//! tensor[6 * 7 + 1] = 0.6;
//! tensor[6 * 7 + 6] = 0.4;
//! let reading = CropReading {
//!     view: "C1".to_owned(),
//!     frame: 0,
//!     height: 24.0,
//!     emissions: Emissions::new(&alphabet, &tensor, 7).expect("a tensor of this alphabet"),
//! };
//! let mut ballot = Ballot::new(Tempering::default());
//! ballot.add(&numbering, reading);
//! let verdict = ballot.verdict(&numbering).expect("a plate with signs");
//! assert_eq!(verdict.text, "185 123-7");
//! assert_eq!(verdict.scheme.as_deref(), Some("uic_short"));
//! ```

mod alphabet;
mod automaton;
mod ballot;
mod beam;
mod check;
mod ctc;
mod emissions;
mod format;
mod numbering;
mod pattern;
mod roster;
mod scheme;
mod verdict;

pub use alphabet::{Alphabet, AlphabetError, Shape, fold, is_separator, signs};
pub use ballot::{Ballot, CropReading, Tempering};
pub use check::Check;
pub use ctc::{greedy, log_probability, sign_confidence, substitutions};
pub use emissions::{Emissions, TensorError};
pub use numbering::{Candidate, Numbering};
pub use roster::Roster;
pub use scheme::Scheme;
pub use verdict::{Alternative, Sign, Verdict};
