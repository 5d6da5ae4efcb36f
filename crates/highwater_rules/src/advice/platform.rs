//! What to do and not to do where the code runs.

use highwater_finding::Platform;
use highwater_program::{FileRole, Program};

/// Advice for each platform that runs judged code: what to do, what not to do.
pub fn advice(program: &Program) -> (Vec<String>, Vec<String>) {
    let l = &program.linked;
    let mut platforms: Vec<Platform> =
        l.iter().filter(|(_, f)| f.role == FileRole::Source).map(|(file, _)| l.platform(file)).collect();
    platforms.sort_unstable();
    platforms.dedup();
    let mut dos: Vec<String> = Vec::new();
    let mut donts: Vec<String> = Vec::new();
    for p in platforms {
        let (yes, no) = words(p);
        for (list, lines) in [(&mut dos, yes), (&mut donts, no)] {
            list.extend(
                lines
                    .iter()
                    .filter(|x| !list.iter().any(|y| y == *x))
                    .map(|x| (*x).to_string())
                    .collect::<Vec<_>>(),
            );
        }
    }
    (dos, donts)
}

fn words(p: Platform) -> (&'static [&'static str], &'static [&'static str]) {
    match p {
        Platform::Server => (SERVER_DO, SERVER_DO_NOT),
        Platform::Isolate => (ISOLATE_DO, ISOLATE_DO_NOT),
        Platform::Function => (FUNCTION_DO, FUNCTION_DO_NOT),
        Platform::Browser => (BROWSER_DO, BROWSER_DO_NOT),
        Platform::Library => (LIBRARY_DO, LIBRARY_DO_NOT),
        Platform::Desktop | Platform::Cli => (&[], &[]),
    }
}

const SERVER_DO: &[&str] = &[
    "Give everything at module level a limit, an age or an end: it lives as long as the process.",
    "Release in `finally` and on `close`: clients hang up in the middle.",
    "Set `--max-old-space-size` to about three quarters of the container, so that V8 collects before the container is killed.",
    "Write `--heapsnapshot-near-heap-limit=1` into the start command: the last snapshot tells what filled the heap.",
    "Keep what several instances must agree on in a store with an expiry (Redis, the database), not in this process.",
];
const SERVER_DO_NOT: &[&str] = &[
    "Do not use a module-level collection as a database: a restart loses it and a second instance does not see it.",
    "Do not cure a leak with scheduled restarts: they hide its growth until traffic doubles.",
    "Do not add a listener for each request to something that outlives the request.",
];
const ISOLATE_DO: &[&str] = &[
    "Treat module-level state as a cache that may vanish at any time: the isolate has 128 MB and is restarted often.",
    "Limit each cache by entries: one isolate serves many requests at once and all of them share the 128 MB.",
    "Keep what must last in KV, D1, R2 or a Durable Object, and use the Cache API for responses.",
    "Hand work after the answer to `waitUntil`, and stream large bodies.",
];
const ISOLATE_DO_NOT: &[&str] = &[
    "Do not start `setInterval` at module level: timers do not run outside a request.",
    "Do not count on a restart to free memory: a busy isolate lives for hours.",
    "Do not keep a request, a response or a stream in module-level state: it cannot be used by another request.",
];
const FUNCTION_DO: &[&str] = &[
    "Make clients once, outside the handler; a warm instance uses them again.",
    "Limit what is kept outside the handler: a warm instance serves thousands of calls.",
];
const FUNCTION_DO_NOT: &[&str] = &[
    "Do not start timers outside the handler: the instance is frozen between calls and they fire late or never.",
    "Do not collect results in module-level arrays: the next call finds those of the last.",
];
const BROWSER_DO: &[&str] = &[
    "Return a cleanup from each effect that subscribes, listens or starts a timer.",
    "Pass an `AbortSignal` to `addEventListener` and `fetch`: one `abort()` takes all of them back.",
];
const BROWSER_DO_NOT: &[&str] = &[
    "Do not keep detached elements or whole responses in module-level state: the page may stay open for days.",
];
const LIBRARY_DO: &[&str] = &[
    "Give each cache a limit with a default, and each instance a `close` or `dispose` that lets go of everything.",
    "Unref timers that should not keep their user's process alive.",
];
const LIBRARY_DO_NOT: &[&str] =
    &["Do not keep state at module level that grows with use: whoever uses the library cannot reach it."];
