//! Whole answers: what a run came to, word for word, for as long as nothing has changed that it depends on.
//!
//! An answer depends on this build, on how it was asked for, on every file that the walk sees, and on what import
//! resolution has looked up beyond those. The last is kept with the answer and looked up again.

use super::folder::Folder;
use super::pack::Key;
use crate::lookup::Asked;
use bitcode::{Decode, Encode};
use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

#[derive(Encode, Decode)]
struct Answer {
    build: u64,
    input: Key,
    asked: Vec<Asked>,
    text: Vec<u8>,
}

/// Bytes of the checksum in front.
const HEAD: usize = 8;

/// Whether there may be an answer of this name.
pub fn is_there(folder: &Folder, name: u64) -> bool {
    folder.answer(name).is_file()
}

/// The answer of this name, if it is for this input and the disk still shows the same.
pub fn find(folder: &Folder, name: u64, input: Key) -> Option<Vec<u8>> {
    let bytes = std::fs::read(folder.answer(name)).ok()?;
    let (sum, body) = bytes.split_first_chunk::<HEAD>()?;
    if xxh3_64(body) != u64::from_le_bytes(*sum) {
        return None;
    }
    let answer: Answer = bitcode::decode(body).ok()?;
    let same = answer.build == folder.build() && answer.input == input;
    (same && answer.asked.par_iter().all(Asked::holds)).then_some(answer.text)
}

/// Keeps an answer. A disk that will not have it has lost nothing.
pub fn keep(folder: &Folder, name: u64, input: Key, mut asked: Vec<Asked>, text: &[u8]) {
    asked.sort_unstable_by(|a, b| format!("{a:?}").cmp(&format!("{b:?}")));
    asked.dedup();
    let body = bitcode::encode(&Answer { build: folder.build(), input, asked, text: text.to_vec() });
    let mut bytes = xxh3_64(&body).to_le_bytes().to_vec();
    bytes.extend_from_slice(&body);
    if folder.make().is_ok() {
        let _ = crate::output::write_whole(&folder.answer(name), &bytes);
    }
}
