//! Writes a valid heap snapshot of any size: a service-like graph that was never a heap.
//!
//! `heap_generate OUT NODES [STRING_BYTES]` writes NODES nodes of about six edges each; 88,000,000 nodes give a file
//! of more than 10 GB in about a minute. STRING_BYTES adds that much text to the strings section. Same arguments, same
//! bytes.
//!
//! Nodes come in blocks of 1,000. Heads of blocks form a tree under the global object; within a block half the nodes
//! hang in a chain (deep), half in a tree (flat). What remains of a node's edges points near it, at heads, or at a few
//! nodes that everything points at, as maps and prototypes do in a heap.
#![expect(clippy::print_stderr, clippy::disallowed_types, reason = "a measuring tool")]

use std::fs::File;
use std::io::{BufWriter, Write};

const BLOCK: u64 = 1000;
const FIELDS: u64 = 6;
const FIRST: u64 = 3;
const NAMES: u64 = 50_000;
const META: &str = r#"{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count","detachedness"],"node_types":[["hidden","array","string","object","code","closure","regexp","number","native","synthetic","concatenated string","sliced string","symbol","bigint","object shape"],"string","number","number","number","number"],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["context","element","property","internal","hidden","shortcut","weak"],"string_or_number","node"],"trace_function_info_fields":["function_id","name","script_name","script_id","line","column"],"trace_node_fields":["id","function_info_index","count","size","children"],"sample_fields":["timestamp_us","last_assigned_id"],"location_fields":["object_index","script_id","line","column"]}"#;

/// Spreads any number over 64 bits (the finaliser of splitmix64).
fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

struct Plan {
    nodes: u64,
    string_bytes: u64,
}

impl Plan {
    fn blocks(&self) -> u64 {
        (self.nodes - FIRST).div_ceil(BLOCK)
    }

    fn head(&self, block: u64) -> Option<u64> {
        (block < self.blocks()).then_some(FIRST + block * BLOCK)
    }

    /// Nodes that this one keeps alive: with these alone every node is reachable.
    fn children(&self, node: u64) -> [Option<u64>; 5] {
        let within = |target: u64, block: u64| {
            (target < BLOCK).then_some(FIRST + block * BLOCK + target).filter(|&at| at < self.nodes)
        };
        if node < FIRST {
            return [None; 5];
        }
        let (block, place) = ((node - FIRST) / BLOCK, (node - FIRST) % BLOCK);
        // Even places form a chain, odd ones a binary tree; place 0 starts both and leads to four more heads.
        let next = if place % 2 == 0 { within(place + 2, block) } else { None };
        match place {
            0 => [
                next,
                within(1, block),
                self.head(block * 3 + 1),
                self.head(block * 3 + 2),
                self.head(block * 3 + 3),
            ],
            _ if place % 2 == 0 => [next, None, None, None, None],
            _ => {
                let rank = place / 2;
                [
                    within((rank * 2 + 1) * 2 + 1, block),
                    within((rank * 2 + 2) * 2 + 1, block),
                    None,
                    None,
                    None,
                ]
            }
        }
    }

    fn extra(node: u64) -> u64 {
        if node < FIRST { 0 } else { 4 + mixed(node) % 3 }
    }

    fn edge_count(&self, node: u64) -> u64 {
        match node {
            0 => 2,
            1 => 1,
            2 => 1,
            _ => self.children(node).iter().flatten().count() as u64 + Self::extra(node),
        }
    }

    /// The `k`th further edge: kind, name or index, target.
    fn further(&self, node: u64, k: u64) -> (u64, u64, u64) {
        let dice = mixed(node.wrapping_mul(8).wrapping_add(k));
        let span = self.nodes - FIRST;
        let near = FIRST + (node - FIRST + span + dice / 64 % 4001 - (2000).min(span)) % span;
        let target = match dice % 16 {
            0..=5 => FIRST + dice / 64 % 40.min(span),
            6 => FIRST + dice / 64 % self.blocks() * BLOCK,
            7 => FIRST + dice / 64 % span,
            _ => near,
        };
        match dice >> 60 {
            0 => (6, 4 + dice / 64 % NAMES, target),
            1 | 2 => (1, dice / 64 % 5000, target),
            3 => (4, dice / 64 % 5000, target),
            4..=9 => (3, 4 + dice / 64 % NAMES, target),
            10 => (0, 4 + dice / 64 % NAMES, target),
            _ => (2, 4 + dice / 64 % NAMES, target),
        }
    }
}

/// Numbers separated by commas, at the speed of the disk.
struct Numbers<W: Write> {
    out: W,
    first: bool,
}

impl<W: Write> Numbers<W> {
    fn open(&mut self, name: &str) -> std::io::Result<()> {
        self.first = true;
        write!(self.out, ",\n\"{name}\":[")
    }

    fn put(&mut self, values: &[u64]) -> std::io::Result<()> {
        let mut text = [0u8; 168];
        let mut at = text.len();
        for &value in values.iter().rev() {
            let mut rest = value;
            loop {
                at -= 1;
                text[at] = b'0' + (rest % 10) as u8;
                rest /= 10;
                if rest == 0 {
                    break;
                }
            }
            at -= 1;
            text[at] = b',';
        }
        let skip = usize::from(std::mem::take(&mut self.first));
        self.out.write_all(&text[at + skip..])
    }
}

fn write_nodes<W: Write>(plan: &Plan, out: &mut Numbers<W>) -> std::io::Result<()> {
    out.open("nodes")?;
    for node in 0..plan.nodes {
        let dice = mixed(node ^ 0xabcd);
        let (kind, name, size) = match node {
            0 => (9, 0, 0),
            1 => (9, 1, 0),
            2 => (3, 2, 400),
            _ => (
                [3, 3, 3, 1, 2, 2, 5, 8, 0, 4, 14, 7][(dice % 12) as usize],
                4 + dice / 64 % NAMES,
                16 + dice / 512 % 16 * 8,
            ),
        };
        out.put(&[kind, name, node * 2 + 1, size, plan.edge_count(node), 0])?;
    }
    write!(out.out, "]")
}

fn write_edges<W: Write>(plan: &Plan, out: &mut Numbers<W>) -> std::io::Result<()> {
    out.open("edges")?;
    out.put(&[1, 1, FIELDS])?;
    out.put(&[5, 3, 2 * FIELDS])?;
    out.put(&[1, 1, 2 * FIELDS])?;
    out.put(&[2, 4, FIRST * FIELDS])?;
    for node in FIRST..plan.nodes {
        for target in plan.children(node).into_iter().flatten() {
            out.put(&[2, 4 + target % NAMES, target * FIELDS])?;
        }
        for k in 0..Plan::extra(node) {
            let (kind, name, target) = plan.further(node, k);
            out.put(&[kind, name, target * FIELDS])?;
        }
    }
    write!(out.out, "]")
}

fn write_strings<W: Write>(plan: &Plan, out: &mut W) -> std::io::Result<()> {
    write!(out, ",\n\"strings\":[\"\",\n\"(GC roots)\",\n\"global\",\n\"globalThis\"")?;
    for name in 0..NAMES {
        write!(out, ",\n\"name{name}\"")?;
    }
    let filler = "0123456789abcdef".repeat(63);
    for index in 0..plan.string_bytes.div_ceil(1024) {
        write!(out, ",\n\"{index:012}{filler}\"")?;
    }
    writeln!(out, "]}}")
}

fn main() -> std::io::Result<()> {
    let usage = || std::io::Error::other("usage: heap_generate OUT NODES [STRING_BYTES]; at least 10 nodes");
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| words.get(at).map_or(Some(0), |word| word.parse::<u64>().ok()).ok_or_else(usage);
    let plan = Plan { nodes: number(1)?, string_bytes: number(2)? };
    if plan.nodes < 10 {
        return Err(usage());
    }
    let edges: u64 = (0..plan.nodes).map(|node| plan.edge_count(node)).sum();
    let mut out = Numbers { out: BufWriter::with_capacity(1 << 20, File::create(&words[0])?), first: true };
    write!(
        out.out,
        "{META},\"node_count\":{},\"edge_count\":{edges},\"trace_function_count\":0}}",
        plan.nodes
    )?;
    write_nodes(&plan, &mut out)?;
    write_edges(&plan, &mut out)?;
    for empty in ["trace_function_infos", "trace_tree", "samples", "locations"] {
        out.open(empty)?;
        write!(out.out, "]")?;
    }
    write_strings(&plan, &mut out.out)?;
    out.out.flush()?;
    eprintln!("{} nodes, {edges} edges", plan.nodes);
    Ok(())
}
