//! The least that any reader of a heap snapshot does: read every byte, and sum every integer of nodes and edges, one
//! byte at a time. One thread, no graph, constant memory: the unit that `cargo xtask bench heap` counts in.
#![expect(clippy::print_stdout, clippy::disallowed_types, reason = "a measuring tool")]

use std::fs::File;
use std::io::Read;

/// What opens each list of integers, in the order of the file.
const LISTS: [&[u8]; 2] = [b"\"nodes\":[", b"\"edges\":["];

/// How far the pass is.
#[derive(Default)]
struct Floor {
    /// Lists that are done.
    done: usize,
    /// Bytes of the current list's opening that were seen; all of them while its integers are summed.
    matched: usize,
    number: u64,
    sum: u64,
}

impl Floor {
    fn push(&mut self, mut bytes: &[u8]) {
        while let Some(word) = LISTS.get(self.done)
            && !bytes.is_empty()
        {
            let used = if self.matched == word.len() { self.add(bytes) } else { self.seek(word, bytes) };
            bytes = &bytes[used..];
        }
    }

    /// Looks for the opening of the list; how many bytes that took.
    fn seek(&mut self, word: &[u8], bytes: &[u8]) -> usize {
        for (at, byte) in bytes.iter().enumerate() {
            self.matched =
                if *byte == word[self.matched] { self.matched + 1 } else { usize::from(*byte == word[0]) };
            if self.matched == word.len() {
                return at + 1;
            }
        }
        bytes.len()
    }

    /// Sums integers up to the bracket that closes the list; how many bytes that took.
    fn add(&mut self, bytes: &[u8]) -> usize {
        let (mut number, mut sum, mut used) = (self.number, self.sum, bytes.len());
        for (at, byte) in bytes.iter().enumerate() {
            let digit = byte.wrapping_sub(b'0');
            if digit < 10 {
                number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
                continue;
            }
            sum = sum.wrapping_add(number);
            number = 0;
            if *byte == b']' {
                used = at + 1;
                self.done += 1;
                self.matched = 0;
                break;
            }
        }
        (self.number, self.sum) = (number, sum);
        used
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: heap_floor FILE")?;
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1 << 20];
    let mut floor = Floor::default();
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => floor.push(&buffer[..read]),
        }
    }
    println!("{} lists, sum {}", floor.done, floor.sum);
    Ok(())
}
