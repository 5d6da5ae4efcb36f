//! A report that uses every field, for the snapshots. It must not be compiled outside tests.

use highwater_finding::*;

/// Three findings, three assurances, problems with and without places.
pub(crate) fn report() -> Report {
    Report {
        tool_version: "0.1.0".into(),
        project: "zero-to-one".into(),
        code: CodeBase {
            files: 214,
            lines: 31204,
            bytes: 1_204_551,
            largest: Some(("apps/api/src/engine/orchestrator.ts".into(), 1842)),
            functions: 2210,
            entry_points: 64,
            not_judged: 88,
        },
        packages: packages(),
        limit: Limit { bytes: 512 * 1024 * 1024, source: "default container".into() },
        profile: Profile {
            name: "default".into(),
            requests_per_hour: 10_000,
            connections_per_hour: 1_000,
            users_per_hour: 100,
        },
        findings: vec![projects(), heartbeat(), window()],
        assurances: assurances(),
        problems: problems(),
        cards: cards(),
        test_plan: test_plan(),
        monitoring: monitoring(),
        dos: vec!["Give every cache a size limit and a time to live.".into(), "Release in `finally`.".into()],
        donts: vec!["Keep per-user state in module variables.".into()],
        routes: Vec::new(),
        experiment: None,
        hidden: 2,
    }
}

/// Nothing found, nothing known.
pub(crate) fn empty() -> Report {
    Report {
        findings: Vec::new(),
        assurances: Vec::new(),
        problems: Vec::new(),
        packages: Vec::new(),
        test_plan: Vec::new(),
        monitoring: Vec::new(),
        dos: Vec::new(),
        donts: Vec::new(),
        routes: Vec::new(),
        experiment: None,
        hidden: 0,
        ..report()
    }
}

fn packages() -> Vec<PackageInfo> {
    let package = |name: &str, folder: &str, platform, because: &str| PackageInfo {
        name: name.into(),
        folder: folder.into(),
        platform,
        because: because.into(),
    };
    vec![
        package("zero-to-one", "", Platform::Library, "no entry point of its own"),
        package("@zero/api", "apps/api", Platform::Server, "express in dependencies"),
    ]
}

pub(crate) fn place(file: &str, line: u32, column: u32, end_column: u32, excerpt: &str) -> Place {
    Place { file: file.into(), line, column, end_line: line, end_column, excerpt: excerpt.into() }
}

const ORCHESTRATOR: &str = "apps/api/src/engine/orchestrator.ts";

fn subject(file: &str, path: &str, symbol: &str, within: &str) -> Subject {
    Subject { file: file.into(), path: path.into(), symbol: symbol.into(), within: within.into() }
}

fn evidence(claim: &str, place: Option<Place>) -> Evidence {
    Evidence { claim: claim.into(), place }
}

fn related(role: Role, place: Place, note: &str) -> Related {
    Related { role, place, note: note.into() }
}

fn projects() -> Finding {
    let declared = place(ORCHESTRATOR, 26, 7, 15, "const projects: Map<string, Project> = new Map();");
    let grows = place(ORCHESTRATOR, 188, 3, 36, "  projects.set(project.id, project);");
    let entry = place(
        "apps/api/src/routes/projects.ts",
        41,
        1,
        55,
        "router.post(\"/projects\", async (req, res) => {",
    );
    Finding {
        kind: "unbounded-map",
        title: "`projects` grows by one entry per `POST /projects` and nothing removes one".into(),
        impact: "Every project that anybody creates stays in memory until the process ends. \
                 The server slows down as collections take longer, then it is killed."
            .into(),
        subject: subject(ORCHESTRATOR, "projects", "projects", ""),
        place: declared.clone(),
        related: vec![
            related(Role::Declaration, declared.clone(), "lives as long as the process"),
            related(Role::Growth, grows.clone(), "grows here, once per `POST /projects`"),
            related(Role::Entry, entry.clone(), "`POST /projects` calls `createProject`"),
        ],
        severity: Severity::Critical,
        confidence: Confidence::percent(96),
        verdict: Verdict::Proven,
        evidence: vec![
            evidence("declared at module level: it lives as long as the process", Some(declared.clone())),
            evidence("grows here, once per `POST /projects`, under a fresh `uuid`", Some(grows)),
            evidence("no delete, clear, reset, size check or sweep is reachable", None),
            evidence("10,000 requests added 10,000 entries, 102,400 B each", None),
        ],
        growth: Some(Growth {
            bytes_per_event: 102_400,
            shape: "Map entry + object of 12 fields + 9 strings".into(),
            event: "`POST /projects`".into(),
            events_per_hour: 500,
            new_key_percent: 100,
            table: [1, 8, 24, 168]
                .map(|hours| Projection {
                    hours,
                    entries: 500 * u64::from(hours),
                    bytes: 500 * 102_400 * u64::from(hours),
                })
                .to_vec(),
            limit_bytes: 512 * 1024 * 1024,
            hours_to_limit: Some(10),
        }),
        remedies: project_remedies(declared),
        fingerprint: "9f86d081884c7d65".into(),
    }
}

fn project_remedies(declared: Place) -> Vec<Remedy> {
    vec![
        Remedy {
            title: "Use `SupabaseProjectRepository`, which exists, and drop the map".into(),
            benefit: "No state in the process, so that instances can be added; one query per read".into(),
            code: String::new(),
            language: String::new(),
            before_after: None,
            effort: Effort::Days,
            recommended: false,
            edits: Vec::new(),
        },
        Remedy {
            title: "Cap `projects` with an LRU cache".into(),
            benefit: "Bounded memory today; evicted projects are read from the database again".into(),
            code: "import { LRUCache } from \"lru-cache\";\n\nconst projects = new LRUCache<string, Project>({\n  \
                   max: 1_000,\n  ttl: 60 * 60 * 1_000,\n});"
                .into(),
            language: "ts".into(),
            before_after: Some((
                "grows with every request, O(1)".into(),
                "at most 1,000 entries (98 MB), O(1)".into(),
            )),
            effort: Effort::Hours,
            recommended: true,
            edits: vec![Edit {
                place: Place { column: 40, end_column: 49, ..declared },
                text: "new LRUCache<string, Project>({ max: 1_000 })".into(),
            }],
        },
    ]
}

fn heartbeat() -> Finding {
    let file = "apps/api/src/ai/runModelStream.ts";
    let set = place(file, 260, 9, 70, "  const heartbeatInterval = setInterval(sendHeartbeat, 15000);");
    Finding {
        kind: "timer-never-cleared",
        title: "`heartbeatInterval` stays when the client hangs up or a write throws".into(),
        impact: "Each abandoned stream keeps its timer and, through it, the whole response object.".into(),
        subject: subject(file, "setInterval", "heartbeatInterval", "runModelStream"),
        place: Place { end_line: 262, ..set.clone() },
        related: vec![
            related(Role::Growth, set, "one timer per stream"),
            related(
                Role::Release,
                place(file, 402, 5, 37, "    clearInterval(heartbeatInterval);"),
                "on success",
            ),
            related(Role::Release, place(file, 574, 0, 0, ""), "in `catch`"),
        ],
        severity: Severity::Moderate,
        confidence: Confidence::percent(88),
        verdict: Verdict::Undecided { rounds_missing: 2 },
        evidence: vec![evidence("no `close` handler clears it", None)],
        growth: Some(Growth {
            bytes_per_event: 4_300,
            shape: "Timer + closure + response".into(),
            event: "connection".into(),
            events_per_hour: 1_000,
            new_key_percent: 3,
            table: [1, 8, 24, 168]
                .map(|hours| Projection {
                    hours,
                    entries: 30 * u64::from(hours),
                    bytes: 30 * 4_300 * u64::from(hours),
                })
                .to_vec(),
            limit_bytes: 512 * 1024 * 1024,
            hours_to_limit: Some(4_161),
        }),
        remedies: vec![Remedy {
            title: "Clear it in `finally` and when `res` emits `close`".into(),
            benefit: "Covers every path, also the ones that throw".into(),
            code: "try {\n  res.on(\"close\", () => clearInterval(heartbeatInterval));\n} finally {\n  \
                   clearInterval(heartbeatInterval);\n}"
                .into(),
            language: "ts".into(),
            before_after: None,
            effort: Effort::Minutes,
            recommended: true,
            edits: Vec::new(),
        }],
        fingerprint: "60303ae22b998861".into(),
    }
}

fn window() -> Finding {
    let file = "apps/api/src/services/métriques #1.ts";
    Finding {
        kind: "slow-window",
        title: "`responseTimes` is held at 1,000, but each `shift()` moves all of it".into(),
        impact: "Time, not memory: O(n) for each request.".into(),
        subject: subject(file, "responseTimes", "responseTimes", "MetricsCollector"),
        place: place(file, 30, 11, 24, "  private responseTimes: number[] = [];"),
        related: Vec::new(),
        severity: Severity::Low,
        confidence: Confidence::percent(70),
        verdict: Verdict::Suspected,
        evidence: Vec::new(),
        growth: None,
        remedies: Vec::new(),
        fingerprint: "fd61a03af4f77d87".into(),
    }
}

fn assurances() -> Vec<Assurance> {
    let memory = "apps/api/src/memory.ts";
    vec![
        Assurance {
            kind: "unbounded-array",
            subject: subject(memory, "memoryStore[*].thread", "thread", ""),
            place: place(memory, 21, 5, 16, "let memoryStore: MemoryStore = {};"),
            held_by: HeldBy::SizeLimit,
            reason: "40 messages at most: `splice` at line 88 runs after each push".into(),
            evidence: vec![evidence(
                "cut to 40 here",
                Some(place(memory, 88, 3, 30, "  thread.splice(0, 1);")),
            )],
        },
        Assurance {
            kind: "timer-never-cleared",
            subject: subject(memory, "setTimeout", "saveTimeout", "saveMemoryStoreDebounced"),
            place: place(memory, 90, 3, 40, "  saveTimeout = setTimeout(async () => {"),
            held_by: HeldBy::PairedRelease,
            reason: "cleared before it is set again, nulled when it fires".into(),
            evidence: Vec::new(),
        },
        Assurance {
            kind: "unbounded-map",
            subject: subject(
                "apps/api/src/InMemoryRepository.ts",
                "InMemoryRepository.projects",
                "projects",
                "InMemoryRepository",
            ),
            place: place("apps/api/src/InMemoryRepository.ts", 10, 11, 19, "  private projects = new Map();"),
            held_by: HeldBy::NotInProduction,
            reason: "only tests build it".into(),
            evidence: Vec::new(),
        },
    ]
}

fn problems() -> Vec<Problem> {
    let problem = |kind, place, message: &str| Problem { kind, place, message: message.into() };
    let whole = |file: &str| Place { file: file.into(), ..Place::default() };
    vec![
        problem(
            ProblemKind::Syntax,
            place("apps/web/src/broken.tsx", 12, 4, 5, "  <div"),
            "expected `>`; the rest of the file was read",
        ),
        problem(
            ProblemKind::TooLarge,
            whole("apps/web/public/bundle.js"),
            "12 MB is above the limit of 4 MB",
        ),
        problem(ProblemKind::Other, Place::default(), "tsconfig.json extends a file that is missing"),
        problem(
            ProblemKind::Suppression,
            place("apps/api/src/db.ts", 9, 1, 2, ""),
            "a suppression needs a reason",
        ),
        problem(ProblemKind::Unreadable, whole("apps/api/src/secret.ts"), "permission denied"),
        problem(ProblemKind::Unreadable, whole("apps/api/src/other.ts"), "permission denied"),
    ]
}

pub(crate) const PAGE: &str = "# unbounded-map\n\nA **map** that grows and is never emptied.\n\n## Example\n\n\
```ts\nconst seen = new Map();\napp.get(\"/\", (req) => {\n\tseen.set(req.id, req);\n});\n```\n\n\
> Use `WeakMap` where the key is an object.\n\n- one\n- two\n";

fn cards() -> Vec<Card> {
    let card = |id, title, default_severity, fix_safety, advice| Card {
        id,
        title,
        page: PAGE,
        since: "0.1.0",
        default_severity,
        fix_safety,
        advice,
    };
    vec![
        card(
            "slow-window",
            "A window that moves all of itself on each step",
            Severity::Low,
            FixSafety::None,
            true,
        ),
        card(
            "timer-never-cleared",
            "A timer that outlives its work",
            Severity::Moderate,
            FixSafety::NeedsReview,
            false,
        ),
        card(
            "unbounded-map",
            "A `Map` that grows and is never emptied",
            Severity::Critical,
            FixSafety::Safe,
            false,
        ),
    ]
}

fn test_plan() -> Vec<LoadStep> {
    vec![
        LoadStep {
            route: "POST /projects".into(),
            requests: 10_000,
            concurrency: 100,
            expect: "`projects` (orchestrator.ts:26) must stop growing".into(),
            command: "npx autocannon -a 10000 -c 100 -m POST http://localhost:3000/projects".into(),
        },
        LoadStep {
            route: "streams that hang up".into(),
            requests: 1_000,
            concurrency: 50,
            expect: "active timers must return to where they were".into(),
            command: String::new(),
        },
    ]
}

fn monitoring() -> Vec<MonitorItem> {
    let item = |what: &str, threshold: &str, expression: &str| MonitorItem {
        what: what.into(),
        threshold: threshold.into(),
        expression: expression.into(),
    };
    vec![
        item("entries of `projects`", "above 1,000", "projects.size"),
        item("heap used", "above 410 MB for 5 minutes", "process.memoryUsage().heapUsed"),
        item("active timers | handles", "above 2 × the number of open streams", ""),
    ]
}
