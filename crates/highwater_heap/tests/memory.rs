//! Memory stays in proportion to the bytes that arrive, whatever they announce. Alone in its file: the figure is that of
//! the whole process.
#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "the system says how much memory the process had at most")]

use highwater_heap::Decoder;
use highwater_testkit::Snapshot;

/// Bytes of each long input.
const LONG: usize = 8 << 20;

/// Bytes of memory that the process had in use at most, up to now.
fn peak_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a peak");
    line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<usize>().ok()).expect("a number")
        << 10
}

fn decode(text: &[u8]) -> bool {
    let mut decoder = Decoder::new();
    text.chunks(1 << 20).all(|part| decoder.push(part).is_ok()) && decoder.finish().is_ok()
}

#[test]
fn memory_follows_what_arrives_and_not_what_is_announced() {
    let sample = Snapshot::sample().text();
    let with = |old: &str, new: &str| {
        assert!(sample.contains(old), "{old}");
        sample.replacen(old, new, 1)
    };
    assert!(decode(sample.as_bytes()));
    let before = peak_bytes();
    for text in [
        with("\"node_count\":14", "\"node_count\":1000000000000000000"),
        with("\"node_count\":14", "\"node_count\":4000000000").replace("\"nodes\":[", "\"nodes\":[],\"x\":["),
        with("\"edge_count\":20", "\"edge_count\":1000000000000000000"),
        with("\"nodes\":[9,1,1,0,2,", "\"nodes\":[9,1,1,0,4000000000,"),
        with("\"trace_function_count\":2", "\"trace_function_count\":1000000000000000000"),
    ] {
        decode(text.as_bytes());
    }
    let grown = peak_bytes() - before;
    // Each column begins with a large page, 2 MB, where the system has one.
    assert!(grown < 64 << 20, "{grown} bytes for announcements");
    for (old, part) in [
        ("\"nodes\":[", "0,"),
        ("\"edges\":[", "0,"),
        ("\"samples\":[", "0,"),
        ("\"samples\":[", "99999999999,"),
        ("\"locations\":[", "0,"),
        ("\"trace_function_infos\":[", "0,"),
        ("\"trace_tree\":[", "1,1,1,1,[],"),
        ("\"strings\":[", "\"\","),
        ("\"strings\":[", "\""),
        ("\"strings\":[\"", "\\u0041"),
        ("\"scopes\":", "["),
        ("\"scopes\":", "{\"a\":"),
        ("\"nodes\":[", "7"),
        ("\"nodes\":[", " "),
        ("\"nodes\"", "\""),
        ("{\"meta\"", "{\"a\":"),
    ] {
        let before = peak_bytes();
        let text = with(old, &format!("{old}{}", part.repeat(LONG / part.len())));
        decode(text.as_bytes());
        drop(text);
        let grown = peak_bytes().saturating_sub(before);
        assert!(grown < 12 * LONG + (64 << 20), "{grown} bytes for {LONG} bytes of {part:?} behind {old:?}");
    }
}
