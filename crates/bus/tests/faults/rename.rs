// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a proxy does before a broker of Kafka: in the answers of the broker, the port where it listens becomes that of the proxy, so
//! that clients do not go round the proxy.

/// How a broker names its host: a text of nine bytes. Its port comes behind, in four bytes.
const HOST: &[u8] = b"127.0.0.1";
/// Bytes of the length before each answer.
const LENGTH: usize = 4;

/// Changes a port in whole answers, whose length stays.
pub struct Rename {
    from: Vec<u8>,
    to: Vec<u8>,
    /// The part of an answer that has come.
    held: Vec<u8>,
}

impl Rename {
    /// Changes port `from` into port `to`.
    pub fn new(from: u16, to: u16) -> Self {
        let named = |port: u16| [HOST, &u32::from(port).to_be_bytes()].concat();
        Self {
            from: named(from),
            to: named(to),
            held: Vec::new(),
        }
    }

    /// Takes what came; gives what is whole.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(bytes);
        let mut end = 0;
        while let Some(length) = self.held[end..].first_chunk::<LENGTH>() {
            let next = end + LENGTH + u32::from_be_bytes(*length) as usize;
            if next > self.held.len() {
                break;
            }
            end = next;
        }
        let rest = self.held.split_off(end);
        let mut whole = std::mem::replace(&mut self.held, rest);
        let is_named = |bytes: &[u8]| bytes == self.from;
        while let Some(at) = whole.windows(self.from.len()).position(is_named) {
            whole[at..at + self.to.len()].copy_from_slice(&self.to);
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_renamed_wherever_an_answer_is_cut() {
        let answer = |port: u32| {
            let body = [b"\x07\x00\x09", HOST, &port.to_be_bytes(), b"1"].concat();
            [&(body.len() as u32).to_be_bytes(), &body[..]].concat()
        };
        let answers = [answer(9092), answer(1), answer(9092)].concat();
        let expected = [answer(4000), answer(1), answer(4000)].concat();
        for cut in 0..answers.len() {
            let mut rename = Rename::new(9092, 4000);
            let mut renamed = rename.take(&answers[..cut]);
            renamed.extend(rename.take(&answers[cut..]));
            assert_eq!(renamed, expected, "{cut}");
        }
    }
}
