//! The client's side of WebSocket frames (RFC 6455), as far as a load needs it: text, ping, pong, close.

use crate::scenario::mixed;

/// Frames of the service that are followed; longer ones end the conversation.
const FRAME_BYTES_MAX: u64 = 1 << 40;

/// Where the length stands: it is in the next two, or the next eight bytes.
const SHORT: u8 = 0x7e;
const LONG: u8 = 0x7f;

/// Whether the payload is masked.
const MASKED: u8 = 0x80;

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// The key of an upgrade request, in base64; another for every number.
pub(super) fn key(number: u64) -> [u8; 24] {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = [0_u8; 18];
    bytes[..8].copy_from_slice(&mixed(number).to_be_bytes());
    bytes[8..16].copy_from_slice(&number.to_be_bytes());
    let mut out = [b'='; 24];
    for (three, four) in bytes.chunks_exact(3).zip(out.chunks_exact_mut(4)) {
        let group = u32::from(three[0]) << 16 | u32::from(three[1]) << 8 | u32::from(three[2]);
        for (i, digit) in four.iter_mut().enumerate() {
            *digit = DIGITS[(group >> (18 - 6 * i) & 63) as usize];
        }
    }
    out[22..].fill(b'=');
    out
}

/// A text frame.
pub(super) fn text(payload: &[u8], number: u64, out: &mut Vec<u8>) {
    frame(TEXT, payload, number, out);
}

/// A close frame: a normal end.
pub(super) fn close(number: u64, out: &mut Vec<u8>) {
    frame(CLOSE, &1000_u16.to_be_bytes(), number, out);
}

/// The answer to a ping.
pub(super) fn pong(payload: &[u8], number: u64, out: &mut Vec<u8>) {
    frame(PONG, payload, number, out);
}

/// A whole frame, masked as a client must.
fn frame(opcode: u8, payload: &[u8], number: u64, out: &mut Vec<u8>) {
    out.push(0x80 | opcode);
    match payload.len() {
        length @ 0..=125 => out.push(MASKED | length as u8),
        length @ 126..=0xffff => {
            out.push(MASKED | SHORT);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            out.push(MASKED | LONG);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    let mask = (mixed(number) as u32).to_be_bytes();
    out.extend_from_slice(&mask);
    out.extend(payload.iter().enumerate().map(|(i, byte)| byte ^ mask[i & 3]));
}

/// What a service has said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// A message, or the last part of one.
    Message,
    /// It wants this back.
    Ping(Vec<u8>),
    /// It closes.
    Close,
    /// This is no frame.
    Malformed,
}

/// Reads the frames of a service from bytes as they arrive.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// Bytes of a frame's head, or of a control frame, that are not complete.
    begun: Vec<u8>,
    /// Bytes of a message's payload to pass over.
    skip: u64,
    /// Whether the frame being passed over ends its message.
    last: bool,
}

impl Frames {
    /// Takes bytes; what they say, in order.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Said> {
        let mut out = Vec::new();
        let mut bytes = bytes;
        while !bytes.is_empty() {
            if self.skip > 0 {
                let taken = bytes.len().min(usize::try_from(self.skip).unwrap_or(usize::MAX));
                self.skip -= taken as u64;
                bytes = &bytes[taken..];
                if self.skip == 0 && self.last {
                    out.push(Said::Message);
                }
                continue;
            }
            self.begun.push(bytes[0]);
            bytes = &bytes[1..];
            self.step(&mut out);
            if out.last() == Some(&Said::Malformed) {
                break;
            }
        }
        out
    }

    /// Looks at a frame's beginning after each byte.
    fn step(&mut self, out: &mut Vec<Said>) {
        let [first, second, more @ ..] = self.begun.as_slice() else { return };
        let (first, second) = (*first, *second);
        let (length, rest) = match (second & !MASKED, more) {
            (SHORT, [a, b, rest @ ..]) => (u64::from(u16::from_be_bytes([*a, *b])), rest),
            (LONG, [a, b, c, d, e, f, g, h, rest @ ..]) => {
                (u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), rest)
            }
            (SHORT | LONG, _) => return,
            (length, rest) => (u64::from(length), rest),
        };
        let opcode = first & 0x0f;
        // A service does not mask, extensions were not asked for, and control frames are short.
        if second & MASKED != 0
            || first & 0x70 != 0
            || length > FRAME_BYTES_MAX
            || (opcode >= 8 && length > 125)
        {
            out.push(Said::Malformed);
        } else if opcode < 8 {
            self.last = first & 0x80 != 0;
            self.skip = length;
            self.begun.clear();
            if length == 0 && self.last {
                out.push(Said::Message);
            }
        } else if rest.len() as u64 == length {
            match opcode {
                CLOSE => out.push(Said::Close),
                PING => out.push(Said::Ping(rest.to_vec())),
                _ => {}
            }
            self.begun.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sixteen_bytes_and_differ() {
        let (one, two) = (key(1), key(2));
        assert_ne!(one, two);
        assert!(one.ends_with(b"==") && !one[..22].contains(&b'='), "16 bytes are 22 digits and two fillers");
    }

    #[test]
    fn frames_are_masked_and_tell_their_length() {
        for length in [0, 5, 125, 126, 65_535, 65_536] {
            let payload = vec![b'x'; length];
            let mut out = Vec::new();
            text(&payload, 7, &mut out);
            let head = match length {
                0..=125 => 2,
                126..=65_535 => 4,
                _ => 10,
            };
            assert_eq!(out.len(), head + 4 + length);
            assert_eq!((out[0], out[1] & 0x80), (0x81, 0x80));
            let mask = &out[head..head + 4];
            assert!(out[head + 4..].iter().enumerate().all(|(i, b)| b ^ mask[i & 3] == b'x'));
        }
    }

    #[test]
    fn what_a_service_says_is_understood_in_pieces_of_any_size() {
        let mut said = vec![0x81, 2, b'h', b'i', 0x01, 1, b'a', 0x80, 1, b'b', 0x89, 3, b'x', b'y', b'z'];
        said.extend([0x82, 126, 1, 0]);
        said.extend([0; 256]);
        said.extend([0x81, 0, 0x88, 2, 3, 232]);
        for size in 1..=said.len() {
            let mut frames = Frames::default();
            let all: Vec<Said> = said.chunks(size).flat_map(|piece| frames.feed(piece)).collect();
            let wanted = [
                Said::Message,
                Said::Message,
                Said::Ping(b"xyz".to_vec()),
                Said::Message,
                Said::Message,
                Said::Close,
            ];
            assert_eq!(all, wanted, "in pieces of {size}");
        }
        assert_eq!(Frames::default().feed(b"\x81\x85masked"), [Said::Malformed]);
    }
}
