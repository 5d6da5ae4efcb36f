//! Prints a small heap snapshot: `small_snapshot [sample|plain|lines|root]`. Seeds of the fuzzer are made of them.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use highwater_testkit::Snapshot;

fn main() {
    let mut snapshot = Snapshot::sample();
    match std::env::args().nth(1).as_deref() {
        Some("plain") => snapshot.tracked = false,
        Some("lines") => snapshot.lines = true,
        Some("root") => snapshot = Snapshot::new(),
        _ => {}
    }
    print!("{}", snapshot.text());
}
