//! The decoder: bytes as they arrive to columns, in one pass, without a JSON tree.
//!
//! A snapshot is one object. `snapshot` is small and says how the rest is laid out; the long sections are lists of
//! numbers or of strings. What is not known is skipped by its brackets. The text itself is never kept, but for strings.

use super::columns::{BadRecord, Edges, Nodes};
use super::error::{BROKEN, CUT, DecodeError, NOT_A_SNAPSHOT, PACKED};
use super::meta::Meta;
use super::numbers::{self, Numbers};
use super::{Decoded, Location, Locations, Sample, strings, trace};
use crate::column::Column;
use rayon::prelude::*;

/// Text that one thread turns into numbers at a time: with its numbers it fits in a core's own cache.
const PIECE_BYTES: usize = 128 << 10;
/// The header and keys are small; a megabyte of them is something else.
const HEADER_BYTES_MAX: usize = 1 << 20;
const KEY_BYTES_MAX: usize = 256;
/// No number is this long.
const NUMBER_BYTES_MAX: usize = 256;

/// Turns a snapshot that arrives in parts into a [`Decoded`].
///
/// Give it bytes with [`Decoder::push`], as many and as few as you like, then call [`Decoder::finish`].
#[derive(Default)]
pub struct Decoder {
    state: State,
    /// Bytes taken before the ones at hand.
    offset: u64,
    meta: Option<Meta>,
    nodes: Nodes,
    edges: Edges,
    /// Members that have begun.
    seen: Vec<Section>,
    locations: Vec<Location>,
    samples: Vec<Sample>,
    trace_functions: Vec<u32>,
    trace_tree: Vec<trace::TraceNode>,
    strings: Option<strings::Strings>,
    spare: Vec<Numbers>,
    /// Bytes of the whole, if known.
    size: Option<u64>,
}

/// Without knowing the size of the whole, no more records are made room for ahead.
const AHEAD_MAX: u64 = 1 << 27;

/// What the next byte belongs to.
#[derive(Default)]
enum State {
    /// Nothing has come.
    #[default]
    Start,
    /// Between the members of the object: a key, a comma or the end.
    Member { comma: bool, any: bool },
    /// Inside a key.
    Key(Vec<u8>),
    /// After a key: a colon, then the value.
    Value { key: Section, colon: bool },
    /// Inside the header object.
    Header { text: Vec<u8>, begin: u64, brackets: Brackets },
    /// Inside a list of numbers.
    Numbers(Box<NumberList>),
    /// Inside the strings.
    Strings(Box<strings::Reader>),
    /// Inside the tree of allocation stacks.
    Trace(Box<trace::Reader>),
    /// Inside something that is not known.
    Skip(Brackets),
    /// After the object.
    End,
}

/// Members of the snapshot object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Section {
    Snapshot,
    Nodes,
    Edges,
    TraceFunctions,
    TraceTree,
    Samples,
    Locations,
    Strings,
    Unknown,
}

impl Section {
    fn of(key: &[u8]) -> Section {
        match key {
            b"snapshot" => Section::Snapshot,
            b"nodes" => Section::Nodes,
            b"edges" => Section::Edges,
            b"trace_function_infos" => Section::TraceFunctions,
            b"trace_tree" => Section::TraceTree,
            b"samples" => Section::Samples,
            b"locations" => Section::Locations,
            b"strings" => Section::Strings,
            _ => Section::Unknown,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Section::Snapshot => "snapshot",
            Section::Nodes => "nodes",
            Section::Edges => "edges",
            Section::TraceFunctions => "trace_function_infos",
            Section::TraceTree => "trace_tree",
            Section::Samples => "samples",
            Section::Locations => "locations",
            Section::Strings => "strings",
            Section::Unknown => "a member that is not known",
        }
    }
}

/// A list of numbers that is being read.
struct NumberList {
    section: Section,
    fields: usize,
    /// The number that the last bytes began and did not end.
    begun: Vec<u8>,
    /// The record that was begun and not ended.
    left: Numbers,
    /// Whether a comma came last, so that a number must follow.
    comma: bool,
    /// Numbers so far.
    count: u64,
}

/// Follows brackets and strings of JSON without looking at more.
#[derive(Default)]
struct Brackets {
    depth: u64,
    in_string: bool,
    escaped: bool,
}

impl Brackets {
    /// How many of these bytes belong to the value, once its end is among them.
    fn push(&mut self, bytes: &[u8]) -> Option<usize> {
        for (at, byte) in bytes.iter().enumerate() {
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => continue,
                }
                if !self.in_string && self.depth == 0 {
                    return Some(at + 1);
                }
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                // The comma or bracket after a bare number or word is not part of it.
                b',' | b'}' | b']' if self.depth == 0 => return Some(at),
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

impl Decoder {
    /// A decoder that has seen nothing.
    pub fn new() -> Decoder {
        Decoder::default()
    }

    /// A decoder of a snapshot of so many bytes. It then makes room for all records at once.
    pub fn sized(bytes: u64) -> Decoder {
        Decoder { size: Some(bytes), ..Decoder::default() }
    }

    /// Bytes taken so far.
    pub fn bytes(&self) -> u64 {
        self.offset
    }

    /// What is being read now, for a progress bar: "nodes", "edges" ...
    pub fn phase(&self) -> &'static str {
        match &self.state {
            State::Numbers(list) => list.section.word(),
            State::Strings(_) => "strings",
            State::Trace(_) => "trace_tree",
            _ => "snapshot",
        }
    }

    /// Takes the next bytes. The work is shared among the threads of the current pool.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<(), DecodeError> {
        while !bytes.is_empty() {
            let used = self.step(bytes)?;
            self.offset += used as u64;
            bytes = &bytes[used..];
        }
        Ok(())
    }

    fn error(&self, at: usize, what: impl Into<String>, help: &'static str) -> DecodeError {
        DecodeError::new(self.offset + at as u64, what, help)
    }

    /// Takes some of the bytes; says how many.
    fn step(&mut self, bytes: &[u8]) -> Result<usize, DecodeError> {
        match std::mem::take(&mut self.state) {
            State::Numbers(list) => self.numbers(list, bytes),
            State::Strings(mut reader) => {
                let Some(used) = reader.push(bytes, self.offset)? else {
                    self.state = State::Strings(reader);
                    return Ok(bytes.len());
                };
                self.strings = Some(reader.finish());
                self.after_member();
                Ok(used)
            }
            State::Trace(mut reader) => {
                let Some(used) = reader.push(bytes, self.offset)? else {
                    self.state = State::Trace(reader);
                    return Ok(bytes.len());
                };
                self.trace_tree = reader.finish();
                self.after_member();
                Ok(used)
            }
            State::Skip(mut brackets) => {
                let Some(used) = brackets.push(bytes) else {
                    self.state = State::Skip(brackets);
                    return Ok(bytes.len());
                };
                self.after_member();
                Ok(used)
            }
            State::Header { text, begin, brackets } => self.header(text, begin, brackets, bytes),
            State::Key(text) => self.key(text, bytes),
            State::Start => self.start(bytes),
            State::Member { comma, any } => self.member(comma, any, bytes),
            State::Value { key, colon } => self.value(key, colon, bytes),
            State::End => self.end(bytes),
        }
    }

    fn after_member(&mut self) {
        self.state = State::Member { comma: false, any: true };
    }

    fn start(&mut self, bytes: &[u8]) -> Result<usize, DecodeError> {
        let mark = if self.offset == 0 && bytes.starts_with(&[0xef, 0xbb, 0xbf]) { 3 } else { 0 };
        let Some(at) = first_solid(&bytes[mark..]).map(|at| at + mark) else { return Ok(bytes.len()) };
        if at == 0 && matches!(bytes[0], 0x1f | 0x28) {
            return Err(self.error(0, "this is compressed, not the text of a snapshot", PACKED));
        }
        if bytes[at] != b'{' {
            let what = format!("this is not a heap snapshot: it begins with `{}`", bytes[at].escape_ascii());
            return Err(self.error(at, what, NOT_A_SNAPSHOT));
        }
        self.state = State::Member { comma: false, any: false };
        Ok(at + 1)
    }

    fn member(&mut self, comma: bool, any: bool, bytes: &[u8]) -> Result<usize, DecodeError> {
        let Some(at) = first_solid(bytes) else {
            self.state = State::Member { comma, any };
            return Ok(bytes.len());
        };
        self.state = match bytes[at] {
            b',' if any && !comma => State::Member { comma: true, any },
            b'"' if comma || !any => State::Key(Vec::new()),
            b'}' if !comma => State::End,
            other => {
                let what = format!("`{}` where a member of the snapshot belongs", other.escape_ascii());
                return Err(self.error(at, what, BROKEN));
            }
        };
        Ok(at + 1)
    }

    fn key(&mut self, mut text: Vec<u8>, bytes: &[u8]) -> Result<usize, DecodeError> {
        let end = memchr::memchr(b'"', bytes);
        text.extend_from_slice(&bytes[..end.unwrap_or(bytes.len())]);
        if text.len() > KEY_BYTES_MAX {
            return Err(self.error(0, "a key is longer than any key of a snapshot", NOT_A_SNAPSHOT));
        }
        let Some(end) = end else {
            self.state = State::Key(text);
            return Ok(bytes.len());
        };
        let key = Section::of(&text);
        if self.meta.is_none() && key != Section::Snapshot && key != Section::Unknown {
            let what = format!("`{}` comes before `snapshot`, which says how to read it", key.word());
            return Err(self.error(end, what, NOT_A_SNAPSHOT));
        }
        self.state = State::Value { key, colon: false };
        Ok(end + 1)
    }

    fn value(&mut self, key: Section, colon: bool, bytes: &[u8]) -> Result<usize, DecodeError> {
        let Some(at) = first_solid(bytes) else {
            self.state = State::Value { key, colon };
            return Ok(bytes.len());
        };
        if !colon {
            if bytes[at] != b':' {
                return Err(self.error(at, "no colon after a key", BROKEN));
            }
            self.state = State::Value { key, colon: true };
            return Ok(at + 1);
        }
        let opening = match key {
            Section::Unknown => None,
            Section::Snapshot => Some(b'{'),
            _ => Some(b'['),
        };
        if opening.is_some_and(|byte| byte != bytes[at]) {
            let what = format!(
                "`{}` is not what it has to be: it begins with `{}`",
                key.word(),
                bytes[at].escape_ascii()
            );
            return Err(self.error(at, what, NOT_A_SNAPSHOT));
        }
        self.once(key, at)?;
        self.state = match key {
            Section::Unknown => State::Skip(Brackets::default()),
            Section::Snapshot => State::Header {
                text: Vec::new(),
                begin: self.offset + at as u64,
                brackets: Brackets::default(),
            },
            Section::Strings => State::Strings(Box::default()),
            Section::TraceTree => State::Trace(Box::default()),
            section => State::Numbers(Box::new(self.list(section, at)?)),
        };
        // Skipped values and the header are followed from their first byte, lists from the one after their bracket.
        Ok(if matches!(key, Section::Unknown | Section::Snapshot) { at } else { at + 1 })
    }

    fn once(&mut self, key: Section, at: usize) -> Result<(), DecodeError> {
        let again = key != Section::Unknown && self.seen.contains(&key);
        if key != Section::Unknown {
            self.seen.push(key);
        }
        if again {
            return Err(self.error(at, format!("`{}` is there twice", key.word()), BROKEN));
        }
        Ok(())
    }

    /// How many records to make room for: those announced, if so many can be.
    fn ahead(&self, announced: Option<u64>, fields: usize) -> usize {
        let possible = self.size.map_or(AHEAD_MAX, |bytes| bytes / (2 * fields as u64));
        announced.map_or(0, |announced| announced.min(possible) as usize)
    }

    fn list(&mut self, section: Section, at: usize) -> Result<NumberList, DecodeError> {
        let meta =
            self.meta.as_ref().ok_or_else(|| self.error(at, "no `snapshot` before the lists", BROKEN))?;
        let fields = match section {
            Section::Nodes => meta.node.fields,
            Section::Edges => meta.edge.fields,
            Section::Locations => meta.location_fields.len(),
            Section::Samples => meta.sample_fields.len(),
            _ => meta.trace_function_fields.len(),
        };
        if section == Section::Edges && !self.seen.contains(&Section::Nodes) {
            return Err(self.error(at, "`edges` come before `nodes`", BROKEN));
        }
        let (nodes, edges) = (self.ahead(meta.node_count, fields), self.ahead(meta.edge_count, fields));
        match section {
            Section::Nodes => self.nodes.reserve(nodes),
            Section::Edges => self.edges.packed.reserve(edges),
            _ => {}
        }
        let (begun, left) = (Vec::new(), Numbers::default());
        Ok(NumberList { section, fields: fields.max(1), begun, left, comma: false, count: 0 })
    }

    fn header(
        &mut self,
        mut text: Vec<u8>,
        begin: u64,
        mut brackets: Brackets,
        bytes: &[u8],
    ) -> Result<usize, DecodeError> {
        let end = brackets.push(bytes);
        let used = end.unwrap_or(bytes.len());
        text.extend_from_slice(&bytes[..used]);
        if text.len() > HEADER_BYTES_MAX {
            return Err(DecodeError::new(
                begin,
                "`snapshot` is larger than 1 MB, which no header is",
                NOT_A_SNAPSHOT,
            ));
        }
        if end.is_none() {
            self.state = State::Header { text, begin, brackets };
            return Ok(used);
        }
        self.meta = Some(Meta::read(&text, begin)?);
        self.after_member();
        Ok(used)
    }

    fn end(&mut self, bytes: &[u8]) -> Result<usize, DecodeError> {
        self.state = State::End;
        match bytes.iter().position(|b| !matches!(b, b' ' | b'\n' | b'\r' | b'\t' | 0)) {
            None => Ok(bytes.len()),
            Some(at) if bytes[at] == b'{' => Err(self.error(
                at,
                "a second snapshot begins here",
                "several snapshots were written to one file; cut it here and open the parts one by one",
            )),
            Some(at) => Err(self.error(at, "something follows the end of the snapshot", BROKEN)),
        }
    }

    fn numbers(&mut self, mut list: Box<NumberList>, bytes: &[u8]) -> Result<usize, DecodeError> {
        let end = memchr::memchr(b']', bytes);
        let mut run = &bytes[..end.unwrap_or(bytes.len())];
        let mut run_offset = self.offset;
        let mut pieces = std::mem::take(&mut self.spare);
        pieces.iter_mut().for_each(Numbers::clear);
        let mut texts: Vec<(&[u8], u64)> = Vec::new();
        let begun = std::mem::take(&mut list.begun);
        let mut first = begun;
        if !first.is_empty() {
            let cut = memchr::memchr(b',', run).map_or(run.len(), |at| at + 1);
            let offset = run_offset - first.len() as u64;
            first.extend_from_slice(&run[..cut]);
            if first.len() > NUMBER_BYTES_MAX {
                return Err(DecodeError::new(offset, "no number is that long", NOT_A_SNAPSHOT));
            }
            run = &run[cut..];
            run_offset += cut as u64;
            if end.is_none() && first.last() != Some(&b',') {
                list.begun = first;
                (self.state, self.spare) = (State::Numbers(list), pieces);
                return Ok(bytes.len());
            }
            texts.push((&first, offset));
        }
        if end.is_none() {
            let cut = memchr::memrchr(b',', run).map_or(0, |at| at + 1);
            list.begun = run[cut..].to_vec();
            run = &run[..cut];
        }
        cut_pieces(run, run_offset, &mut texts);
        self.read_pieces(&mut list, &texts, &mut pieces, end.is_some())?;
        self.spare = pieces;
        let Some(end) = end else {
            if list.begun.len() > NUMBER_BYTES_MAX {
                return Err(self.error(
                    bytes.len() - list.begun.len(),
                    "no number is that long",
                    NOT_A_SNAPSHOT,
                ));
            }
            self.state = State::Numbers(list);
            return Ok(bytes.len());
        };
        self.end_of_list(&list, self.offset + end as u64)?;
        self.after_member();
        Ok(end + 1)
    }

    /// Turns pieces of text into numbers side by side, then into records.
    fn read_pieces(
        &mut self,
        list: &mut NumberList,
        texts: &[(&[u8], u64)],
        pieces: &mut Vec<Numbers>,
        ended: bool,
    ) -> Result<(), DecodeError> {
        // One in front for the record that was begun before.
        pieces.resize_with(pieces.len().max(texts.len() + 1), Numbers::default);
        let (front, read) = pieces[..=texts.len()].split_at_mut(1);
        let last = texts.len().wrapping_sub(1);
        let results: Vec<Result<(), usize>> = read
            .par_iter_mut()
            .zip(texts.par_iter())
            .enumerate()
            .map(|(at, (numbers, (text, _)))| numbers.read(text, ended && at == last))
            .collect();
        for (result, (text, offset)) in results.iter().zip(texts) {
            if let Err(at) = result {
                return Err(bad_text(list.section, text, *at, *offset));
            }
        }
        let no_number = list.comma && read.iter().all(|numbers| numbers.len() == 0);
        if ended && no_number {
            let at = texts.last().map_or(self.offset, |(text, offset)| offset + text.len() as u64);
            return Err(DecodeError::new(at, format!("`{}` end with a comma", list.section.word()), BROKEN));
        }
        list.comma = !ended && (list.comma || !texts.is_empty());
        let counts: Vec<usize> = read.iter().map(Numbers::len).collect();
        std::mem::swap(&mut front[0], &mut list.left);
        let before = list.count - front[0].len() as u64;
        list.count += counts.iter().sum::<usize>() as u64;
        whole_records(&mut pieces[..=texts.len()], list.fields, &mut list.left);
        self.append(list.section, &pieces[..=texts.len()]).map_err(|bad| {
            let number = bad.record as u64 * list.fields as u64 + bad.field as u64;
            let offset = locate(number, before, &counts, texts).unwrap_or(self.offset);
            DecodeError::new(offset, bad.why, BROKEN)
        })
    }

    fn append(&mut self, section: Section, pieces: &[Numbers]) -> Result<(), BadRecord> {
        let Some(meta) = &self.meta else { return Ok(()) };
        let rows = || pieces.iter().flat_map(Numbers::values);
        match section {
            Section::Nodes => self.nodes.append(pieces, meta)?,
            Section::Edges => self.edges.append(pieces, meta, self.nodes.len())?,
            Section::TraceFunctions => self.trace_functions.extend(rows()),
            Section::Samples => {
                let (time, id) = (
                    place(&meta.sample_fields, "timestamp_us"),
                    place(&meta.sample_fields, "last_assigned_id"),
                );
                let fields = meta.sample_fields.len().max(1);
                for piece in pieces {
                    for at in (0..piece.len()).step_by(fields) {
                        let field = |field: Option<usize>| field.map_or(0, |field| piece.full(at + field));
                        self.samples.push(Sample { time_us: field(time), last_id: field(id) });
                    }
                }
            }
            Section::Locations => {
                let Some(layout) = meta.location else { return Ok(()) };
                for piece in pieces {
                    for (row, record) in piece.values().chunks_exact(layout.fields).enumerate() {
                        let object = piece.full(row * layout.fields + layout.object);
                        let node = object / meta.node.fields as u64;
                        let row = self.locations.len();
                        let bad = |why: &str| BadRecord {
                            record: row,
                            field: layout.object,
                            why: format!("{why} {object}"),
                        };
                        if !object.is_multiple_of(meta.node.fields as u64) {
                            return Err(bad("a location belongs to no node: `object_index` is"));
                        }
                        if node >= self.nodes.len() as u64 {
                            return Err(bad("a location lies beyond the last node: `object_index` is"));
                        }
                        self.locations.push(Location {
                            node: node as u32,
                            script: record[layout.script],
                            line: record[layout.line],
                            column: record[layout.column],
                        });
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end_of_list(&mut self, list: &NumberList, offset: u64) -> Result<(), DecodeError> {
        let wrong = |what: String| Err(DecodeError::new(offset, what, BROKEN));
        let word = list.section.word();
        if !list.count.is_multiple_of(list.fields as u64) {
            return wrong(format!(
                "`{word}` hold {} numbers, which are no whole records of {}",
                list.count, list.fields
            ));
        }
        let records = list.count / list.fields as u64;
        let announced = self.meta.as_ref().and_then(|meta| match list.section {
            Section::Nodes => meta.node_count,
            Section::Edges => meta.edge_count,
            _ => None,
        });
        if announced.is_some_and(|announced| announced != records) {
            return wrong(format!(
                "`{word}` hold {records} records where {} were announced",
                announced.unwrap_or(0)
            ));
        }
        match list.section {
            Section::Nodes => {
                self.nodes.shrink();
                if records == 0 {
                    return wrong("the snapshot holds no node, not even a root".into());
                }
                if !self.nodes.sizes_add_up() {
                    return wrong("the sizes of all nodes have no sum below 2^64".into());
                }
                let edges = self.nodes.place_edges();
                let announced = self.meta.as_ref().and_then(|meta| meta.edge_count);
                if announced.is_some_and(|announced| announced != edges) {
                    return wrong(format!(
                        "the nodes have {edges} edges in all where {} were announced",
                        announced.unwrap_or(0)
                    ));
                }
            }
            Section::Edges => {
                self.edges.packed.shrink();
                let expected = u64::from(self.nodes.first_edge.last().copied().unwrap_or(0));
                if expected != records {
                    return wrong(format!("`edges` hold {records} edges where the nodes have {expected}"));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Locations in the order of the nodes. The last one of a node counts.
    fn sorted_locations(&self) -> Locations {
        let mut last = Column::<u32>::zeroed(self.nodes.len());
        for (at, location) in self.locations.iter().enumerate() {
            last[location.node as usize] = at as u32 + 1;
        }
        let places = last.iter().filter_map(|at| at.checked_sub(1));
        Locations::of(places.map(|at| self.locations[at as usize]))
    }

    /// Inside what the file ends, if not behind everything.
    fn inside(&mut self, problems: &mut Vec<String>) -> Result<Option<&'static str>, DecodeError> {
        let offset = self.offset;
        let cut = |what: String| DecodeError::new(offset, what, CUT);
        Ok(match std::mem::take(&mut self.state) {
            State::Start => return Err(cut("there is nothing: the file is empty".into())),
            State::End => None,
            State::Numbers(list) if matches!(list.section, Section::Nodes | Section::Edges) => {
                let records = list.count / list.fields as u64;
                return Err(cut(format!(
                    "the file ends inside `{}`, after {records} of them",
                    list.section.word()
                )));
            }
            State::Numbers(list) => Some(list.section.word()),
            State::Strings(reader) => {
                self.strings = Some(reader.finish());
                Some("strings")
            }
            State::Trace(_) => Some("trace_tree"),
            State::Member { .. } if self.strings.is_some() => {
                problems
                    .push(format!("The file is cut at byte {}: its last bracket is missing.", self.offset));
                None
            }
            _ => Some("snapshot"),
        })
    }

    /// Says how many nodes have a name that is not there.
    fn nameless(&self) -> Option<String> {
        let strings = self.strings.as_ref().map_or(0, strings::Strings::len);
        let nameless = self.nodes.name.iter().filter(|name| **name as usize >= strings).count();
        (nameless > 0)
            .then(|| format!("Names of {nameless} nodes are not among the {strings} strings of the file."))
    }

    /// The snapshot, now that all bytes were given. One that is cut behind its edges is still of use: what is missing
    /// is then told in [`Decoded::problems`].
    pub fn finish(mut self) -> Result<Decoded, DecodeError> {
        let mut problems = Vec::new();
        let inside = self.inside(&mut problems)?;
        let Some(meta) = self.meta.take() else {
            let what = "this is not a heap snapshot: it has no `snapshot` with a `meta` in it";
            let help = if inside.is_some() { CUT } else { NOT_A_SNAPSHOT };
            return Err(DecodeError::new(self.offset, what, help));
        };
        if !self.seen.contains(&Section::Edges) || self.nodes.first_edge.len() != self.nodes.len() + 1 {
            let what = if self.seen.contains(&Section::Nodes) { "`edges`" } else { "`nodes`" };
            return Err(DecodeError::new(self.offset, format!("the snapshot ends before {what}"), CUT));
        }
        if let Some(inside) = inside {
            problems.push(format!(
                "The file is cut at byte {}, inside `{inside}`: all nodes and edges are there, names or places of \
                 some are not.",
                self.offset
            ));
        } else if self.strings.is_none() {
            problems.push("The snapshot has no strings: nothing in it has a name.".to_owned());
        }
        let root = meta.root_index / meta.node.fields as u64;
        if root >= self.nodes.len() as u64 || !meta.root_index.is_multiple_of(meta.node.fields as u64) {
            let what = format!("`root_index` {} is not the start of a node", meta.root_index);
            return Err(DecodeError::new(0, what, BROKEN));
        }
        problems.extend(self.nameless().filter(|_| problems.is_empty()));
        let locations = self.sorted_locations();
        Ok(Decoded {
            root: root as u32,
            meta,
            nodes: self.nodes,
            edges: self.edges,
            strings: self.strings.unwrap_or_default(),
            locations,
            samples: self.samples,
            trace_functions: self.trace_functions,
            trace_tree: self.trace_tree,
            problems,
            bytes: self.offset,
        })
    }
}

fn place(fields: &[String], name: &str) -> Option<usize> {
    fields.iter().position(|field| field == name)
}

fn first_solid(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|b| !matches!(b, b' ' | b'\n' | b'\r' | b'\t'))
}

/// Cuts text behind commas in pieces of about one size.
fn cut_pieces<'a>(mut run: &'a [u8], mut offset: u64, texts: &mut Vec<(&'a [u8], u64)>) {
    while !run.is_empty() {
        let near = run.len().min(PIECE_BYTES);
        let cut = if near == run.len() {
            near
        } else {
            memchr::memchr(b',', &run[near..]).map_or(run.len(), |at| near + at + 1)
        };
        texts.push((&run[..cut], offset));
        offset += cut as u64;
        run = &run[cut..];
    }
}

/// Moves numbers between neighbours so that each piece holds whole records; what is left over goes to `left`.
fn whole_records(pieces: &mut [Numbers], fields: usize, left: &mut Numbers) {
    left.clear();
    for at in 0..pieces.len() {
        let mut missing = (fields - pieces[at].len() % fields) % fields;
        let mut from = at + 1;
        while missing > 0 && from < pieces.len() {
            let (here, there) = pieces.split_at_mut(from);
            missing -= there[0].move_front(missing, &mut here[at]);
            from += 1;
        }
        if missing > 0 {
            let odd = pieces[at].len() % fields;
            pieces[at].split_end(odd, left);
        }
    }
}

fn bad_text(section: Section, text: &[u8], at: usize, offset: u64) -> DecodeError {
    let what = match text.get(at) {
        Some(b'-') => format!("a negative number in `{}`, where there are none", section.word()),
        Some(b'0'..=b'9') => {
            format!("a number in `{}` is too large, or has no comma before it", section.word())
        }
        Some(byte) => {
            format!("`{}` does not belong in `{}`, a list of numbers", byte.escape_ascii(), section.word())
        }
        None => format!("a number or a comma is missing in `{}`", section.word()),
    };
    DecodeError::new(offset + at as u64, what, BROKEN)
}

/// Where in the file the number of a section stands. `before` is how many numbers came before these texts.
fn locate(number: u64, before: u64, counts: &[usize], texts: &[(&[u8], u64)]) -> Option<u64> {
    let mut index = number.checked_sub(before)?;
    for (count, (text, offset)) in counts.iter().zip(texts) {
        if index < *count as u64 {
            return Some(offset + numbers::offset_of(text, index as usize) as u64);
        }
        index -= *count as u64;
    }
    None
}
