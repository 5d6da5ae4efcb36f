//! Snapshot bytes to columns. Knows the format and nothing of what the graph means.
//!
//! Format: V8's `src/profiler/heap-snapshot-generator.cc`, class `HeapSnapshotJSONSerializer`.

mod columns;
mod error;
mod meta;
mod numbers;
mod stream;
mod strings;
mod trace;

pub(crate) use columns::{Edges, NAME_MAX, Nodes, PackedEdge};
pub use error::DecodeError;
pub use meta::Meta;
pub use stream::Decoder;
pub(crate) use strings::Strings;
pub use trace::TraceNode;

use rustc_hash::FxHashMap;
use std::io::Read;

/// Bytes that are read at a time: few enough for a core's own cache, with what they become.
const BATCH_BYTES: usize = 1 << 20;

/// A snapshot as columns: everything that was in the file, and nothing that was not.
#[derive(Debug)]
pub struct Decoded {
    pub(crate) meta: Meta,
    pub(crate) root: u32,
    pub(crate) nodes: Nodes,
    pub(crate) edges: Edges,
    pub(crate) strings: Strings,
    pub(crate) locations: Locations,
    pub(crate) samples: Vec<Sample>,
    pub(crate) trace_functions: Vec<u32>,
    pub(crate) trace_tree: Vec<TraceNode>,
    pub(crate) problems: Vec<String>,
    pub(crate) bytes: u64,
}

/// Where a function or the constructor of an object stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    pub(crate) node: u32,
    /// V8's number of the script.
    pub script: u32,
    /// Line, from 0.
    pub line: u32,
    /// Column, from 0, in UTF-16 units.
    pub column: u32,
}

/// The places of all nodes that have one. Millions of instances have the place of their class, so each is there once.
#[derive(Default, Debug)]
pub(crate) struct Locations {
    /// Node and position in `places`, by node.
    by_node: Vec<(u32, u32)>,
    /// Script, line, column.
    places: Vec<(u32, u32, u32)>,
}

impl Locations {
    /// Of places by ascending node.
    fn of(list: impl Iterator<Item = Location>) -> Locations {
        let mut known: FxHashMap<(u32, u32, u32), u32> = FxHashMap::default();
        let mut found = Locations::default();
        for Location { node, script, line, column } in list {
            let place = (script, line, column);
            let next = found.places.len() as u32;
            let at = match found.by_node.last() {
                Some((_, last)) if found.places[*last as usize] == place => *last,
                _ => *known.entry(place).or_insert(next),
            };
            if at == next {
                found.places.push(place);
            }
            found.by_node.push((node, at));
        }
        found.by_node.shrink_to_fit();
        found
    }

    pub(crate) fn get(&self, node: u32) -> Option<Location> {
        let at = self.by_node.binary_search_by_key(&node, |(node, _)| *node).ok()?;
        Some(self.unpack(self.by_node[at]))
    }

    /// By node.
    pub(crate) fn all(&self) -> impl ExactSizeIterator<Item = Location> + '_ {
        self.by_node.iter().map(|packed| self.unpack(*packed))
    }

    #[inline]
    fn unpack(&self, (node, at): (u32, u32)) -> Location {
        let (script, line, column) = self.places[at as usize];
        Location { node, script, line, column }
    }
}

/// One beat of an allocation timeline: what was allocated before it has an id up to `last_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Microseconds since tracking began.
    pub time_us: u64,
    /// The last id given by then.
    pub last_id: u64,
}

impl Decoded {
    /// What the header says.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// What is missing or odd, as sentences for a person; empty for a whole snapshot.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// Bytes of the (uncompressed) snapshot.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// Decodes what a reader gives; `size` is how many bytes that will be, if known. While one batch is decoded the next is read; the work is shared among the threads of
/// the current pool. `progress` is told the phase and the bytes so far, after each batch.
pub fn decode(
    mut reader: impl Read + Send,
    size: Option<u64>,
    progress: &(dyn Fn(&'static str, u64) + Sync),
) -> Result<Decoded, DecodeError> {
    let mut decoder = size.map_or_else(Decoder::new, Decoder::sized);
    let mut now = vec![0; BATCH_BYTES];
    let mut next = vec![0; BATCH_BYTES];
    let mut filled = fill(&mut reader, &mut now).map_err(|e| DecodeError::io(0, e))?;
    while filled > 0 {
        let read = |reader: &mut _, next: &mut [u8]| fill(reader, next);
        let (pushed, after) = rayon::join(|| decoder.push(&now[..filled]), || read(&mut reader, &mut next));
        pushed?;
        progress(decoder.phase(), decoder.bytes());
        filled = after.map_err(|e| DecodeError::io(decoder.bytes(), e))?;
        std::mem::swap(&mut now, &mut next);
    }
    decoder.finish()
}

/// Reads until the buffer is full or the end has come.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
