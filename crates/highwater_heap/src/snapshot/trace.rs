//! The tree of allocation stacks, which is there when the snapshot was taken while allocations were tracked.
//!
//! It is the one nested part of the format: a node is `id, function, count, size, [children]`, and children follow each
//! other without brackets of their own. Source: `HeapSnapshotJSONSerializer::SerializeTraceNode` in V8.

use super::error::{BROKEN, DecodeError};

/// Numbers of a node before its children, as V8 writes them.
const FIELDS: usize = 4;
/// Stacks are cut by V8 long before this.
const DEPTH_MAX: usize = 4096;

/// One call stack's top: a function, called by `parent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceNode {
    /// Its number, as nodes of the heap name it.
    pub id: u32,
    /// Position in the list of functions.
    pub function: u32,
    /// Objects allocated here, by then.
    pub count: u32,
    /// Bytes allocated here, by then.
    pub size_bytes: u64,
    /// Position of the caller in the list of trace nodes; none for the root.
    pub parent: Option<u32>,
}

/// Reads the tree while its bytes arrive.
#[derive(Default, Debug)]
pub(super) struct Reader {
    nodes: Vec<TraceNode>,
    /// Positions of the nodes that are open.
    open: Vec<u32>,
    fields: Vec<u64>,
    digits: Option<u64>,
}

impl Reader {
    /// Takes more bytes after the first bracket. Gives how many belong to the tree once its end is among them.
    pub(super) fn push(&mut self, bytes: &[u8], offset: u64) -> Result<Option<usize>, DecodeError> {
        for (at, byte) in bytes.iter().enumerate() {
            let wrong = |what: String| Err(DecodeError::new(offset + at as u64, what, BROKEN));
            if let b'0'..=b'9' = byte {
                let value = self
                    .digits
                    .unwrap_or(0)
                    .checked_mul(10)
                    .and_then(|v| v.checked_add(u64::from(byte - b'0')));
                if value.is_none() {
                    return wrong("a number of `trace_tree` is too large".into());
                }
                self.digits = value;
                continue;
            }
            self.fields.extend(self.digits.take());
            match byte {
                b',' | b' ' | b'\n' | b'\r' | b'\t' => {}
                b'[' if self.fields.len() == FIELDS && self.open.len() < DEPTH_MAX => self.open_node(),
                b']' if self.fields.is_empty() => {
                    if self.open.pop().is_none() {
                        return Ok(Some(at + 1));
                    }
                }
                other => return wrong(format!("`{}` does not belong in `trace_tree`", other.escape_ascii())),
            }
            if self.fields.len() > FIELDS {
                return wrong(format!("a node of `trace_tree` has more than {FIELDS} numbers"));
            }
        }
        Ok(None)
    }

    fn open_node(&mut self) {
        let field = |at: usize| self.fields[at];
        let node = TraceNode {
            id: field(0) as u32,
            function: field(1) as u32,
            count: field(2) as u32,
            size_bytes: field(3),
            parent: self.open.last().copied(),
        };
        self.open.push(self.nodes.len() as u32);
        self.nodes.push(node);
        self.fields.clear();
    }

    pub(super) fn finish(self) -> Vec<TraceNode> {
        self.nodes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_flattened_with_its_callers() {
        let text = "1,0,0,0,[2,5,1,16,[],3,6,2,32,[4,7,1,8,[]]]]";
        for step in [1, 3, 100] {
            let mut reader = Reader::default();
            let mut used = None;
            for (at, chunk) in text.as_bytes().chunks(step).enumerate() {
                used = reader.push(chunk, (at * step) as u64).expect("tree").map(|n| at * step + n);
            }
            assert_eq!(used, Some(text.len()));
            let parents: Vec<_> =
                reader.finish().iter().map(|n| (n.id, n.function, n.size_bytes, n.parent)).collect();
            assert_eq!(
                parents,
                [(1, 0, 0, None), (2, 5, 16, Some(0)), (3, 6, 32, Some(0)), (4, 7, 8, Some(2))]
            );
        }
    }

    #[test]
    fn disorder_is_told_by_its_place() {
        for (text, at) in [("1,2,[]]", 4), ("1,0,0,0,9,[]]", 9), ("{", 0)] {
            assert_eq!(
                Reader::default().push(text.as_bytes(), 10).expect_err(text).offset,
                10 + at,
                "{text}"
            );
        }
    }
}
