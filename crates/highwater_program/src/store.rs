//! Facts of one file as bytes and back, for a cache on disk.
//!
//! The bytes carry no version: whoever keeps them makes sure that no other build of Highwater reads them. Bytes
//! that are not facts give `None`.

use std::cell::RefCell;

use bitcode::{Buffer, Decode, Encode};
use highwater_finding::{Place, Problem, ProblemKind};

use crate::ir::FileFacts;

/// A problem of a file; the path is known to who finds the bytes.
#[derive(Encode, Decode)]
struct Stored {
    kind: u8,
    start: (u32, u32),
    end: (u32, u32),
    message: String,
}

thread_local! {
    /// Memory of the last conversion of this thread, for the next one: small files are many.
    static BUFFER: RefCell<Buffer> = RefCell::default();
}

/// Facts that take more bytes than this get memory of their own and give it back.
const REUSE_MAX: usize = 256 << 10;
/// In front of everything: how many bytes the problems take, which are last.
const HEAD: usize = 4;

/// Facts as bytes.
pub fn to_bytes(facts: &FileFacts) -> Vec<u8> {
    let problems = if facts.problems.is_empty() {
        Vec::new()
    } else {
        bitcode::encode(&facts.problems.iter().map(stored).collect::<Vec<_>>())
    };
    let mut out = Vec::new();
    let mut put = |body: &[u8]| {
        out.reserve_exact(HEAD + body.len() + problems.len());
        out.extend_from_slice(&(problems.len() as u32).to_le_bytes());
        out.extend_from_slice(body);
        out.extend_from_slice(&problems);
    };
    if facts.bytes as usize > REUSE_MAX {
        put(&bitcode::encode(facts));
    } else {
        BUFFER.with_borrow_mut(|buffer| put(buffer.encode(facts)));
    }
    out
}

/// Facts of the file at `path` from their bytes.
pub fn from_bytes(path: &str, bytes: &[u8]) -> Option<FileFacts> {
    let (head, rest) = bytes.split_first_chunk::<HEAD>()?;
    let body = rest.len().checked_sub(u32::from_le_bytes(*head) as usize)?;
    let (body, problems) = rest.split_at_checked(body)?;
    let mut facts: FileFacts = if body.len() > REUSE_MAX {
        bitcode::decode(body).ok()?
    } else {
        BUFFER.with_borrow_mut(|buffer| buffer.decode(body)).ok()?
    };
    path.clone_into(&mut facts.path);
    if !problems.is_empty() {
        let problems: Vec<Stored> = bitcode::decode(problems).ok()?;
        facts.problems = problems.into_iter().map(|p| problem(path, p)).collect::<Option<_>>()?;
    }
    Some(facts)
}

const KINDS: [ProblemKind; 5] = [
    ProblemKind::Syntax,
    ProblemKind::Unreadable,
    ProblemKind::TooLarge,
    ProblemKind::Suppression,
    ProblemKind::Other,
];

fn stored(problem: &Problem) -> Stored {
    let place = &problem.place;
    Stored {
        kind: KINDS.iter().position(|k| *k == problem.kind).map_or(u8::MAX, |at| at as u8),
        start: (place.line, place.column),
        end: (place.end_line, place.end_column),
        message: problem.message.clone(),
    }
}

fn problem(path: &str, stored: Stored) -> Option<Problem> {
    let place = Place {
        file: path.to_owned(),
        line: stored.start.0,
        column: stored.start.1,
        end_line: stored.end.0,
        end_column: stored.end.1,
        excerpt: String::new(),
    };
    Some(Problem { kind: *KINDS.get(usize::from(stored.kind))?, place, message: stored.message })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FileRole, read_file};

    fn everything(facts: &FileFacts) -> String {
        format!("{facts:?}")
    }

    #[test]
    fn facts_survive_the_way_to_bytes_and_back() {
        let text = "class A<T> { #m = new Map<string, T[]>(); f(k: keyof T) { try { this.#m.set(`${k}`, 1.5) } \
                    catch (e) { switch (k) { case 'a': break } } finally {} } }\n\
                    // highwater-ignore unbounded-map: small\nexport * from './b'; const ü = { ...a, [b]: 1 };\n";
        for (path, text) in
            [("a.ts", text), ("b.tsx", "<a b={c}>{d}</a>"), ("c.js", ""), ("d.ts", "const = ;\nx()")]
        {
            let facts = read_file(path, text, FileRole::Script);
            let back = from_bytes(path, &to_bytes(&facts)).expect("facts");
            assert_eq!(everything(&back), everything(&facts));
        }
    }

    #[test]
    fn bytes_that_are_no_facts_are_nothing() {
        let facts = read_file("a.ts", "const = ;\nf(1, [2]);", FileRole::Source);
        let bytes = to_bytes(&facts);
        for end in 0..bytes.len() {
            assert!(from_bytes("a.ts", &bytes[..end]).is_none(), "cut at {end}");
        }
        for at in 0..bytes.len() {
            let mut broken = bytes.clone();
            broken[at] ^= 0x55;
            // Whatever comes out, nothing breaks.
            let _ = from_bytes("a.ts", &broken);
        }
    }
}
