//! Broken and hostile source, read, linked and judged: it must end, without a panic, and every span must lie in
//! its text. Mutations come from a fixed seed, so a failure names the text that made it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use highwater_finding::{Limit, PackageInfo, Place, Platform, Profile};
use highwater_program::{FileFacts, FileLookup, FileRole, Package, link, read_file};
use highwater_rules::{Settings, judge};

/// Files of the case and nothing else.
struct Only(Vec<PathBuf>);

impl FileLookup for Only {
    fn read(&self, _: &Path) -> Option<String> {
        None
    }

    fn is_dir(&self, path: &Path) -> Option<bool> {
        if self.0.iter().any(|p| p == path) {
            return Some(false);
        }
        (path == Path::new("/case")).then_some(true)
    }

    fn canonical(&self, path: &Path) -> Option<PathBuf> {
        self.is_dir(path).map(|_| path.to_owned())
    }
}

fn settings() -> Settings {
    Settings {
        profile: Profile {
            name: "case".into(),
            requests_per_hour: 10_000,
            connections_per_hour: 1_000,
            users_per_hour: 500,
        },
        limit: Limit { bytes: 512 << 20, source: "case".into() },
    }
}

fn package() -> Package {
    let info = PackageInfo {
        name: "case".into(),
        folder: String::new(),
        platform: Platform::Server,
        because: "the case".into(),
    };
    let dependencies = vec!["express".into(), "ws".into()];
    Package { info, dependencies, mentions: vec![], is_private: true, has_api: false }
}

fn check_spans(facts: &FileFacts, text: &str) {
    let spans = facts.spans.iter().chain(&facts.stmt_spans);
    let spans = spans.chain(facts.functions.iter().map(|f| &f.span));
    let spans = spans.chain(facts.bindings.iter().map(|b| &b.span));
    let spans = spans.chain(facts.classes.iter().map(|c| &c.span));
    for s in spans {
        assert!(text.get(s.start as usize..s.end as usize).is_some(), "{s:?} is no part of {text:?}");
    }
    assert_eq!(facts.exprs.len(), facts.spans.len());
    assert_eq!(facts.stmts.len(), facts.stmt_spans.len());
}

fn check_place(place: &Place, files: &[(&str, &str)]) {
    if place.line == 0 {
        return;
    }
    let Some((_, text)) = files.iter().find(|f| f.0 == place.file) else {
        panic!("{place:?} is in none of the files")
    };
    let lines: Vec<&str> = text.split('\n').collect();
    for (line, column) in [(place.line, place.column), (place.end_line, place.end_column)] {
        let length = lines.get(line as usize - 1).map(|l| l.len());
        assert!(length.is_some_and(|l| column as usize <= l + 1), "{place:?} is not in {text:?}");
    }
    assert!((place.line, place.column) <= (place.end_line, place.end_column), "{place:?}");
}

/// Everything that a scan does with files, and a look at every place that comes out.
fn judged(files: &[(&str, &str)]) -> usize {
    let facts: Vec<FileFacts> = files.iter().map(|(p, t)| read_file(p, t, FileRole::Source)).collect();
    for (f, (_, text)) in facts.iter().zip(files) {
        check_spans(f, text);
    }
    let paths = files.iter().map(|f| Path::new("/case").join(f.0)).collect();
    let program = link(facts, vec![package()], Path::new("/case"), Arc::new(Only(paths)));
    let judgement = judge(&program, &settings());
    for f in &judgement.findings {
        check_place(&f.place, files);
        f.related.iter().for_each(|r| check_place(&r.place, files));
        f.evidence.iter().filter_map(|e| e.place.as_ref()).for_each(|p| check_place(p, files));
        f.remedies.iter().flat_map(|r| &r.edits).for_each(|e| check_place(&e.place, files));
    }
    judgement.assurances.iter().for_each(|a| check_place(&a.place, files));
    judgement.findings.len()
}

const SEEDS: &[(&str, &str)] = &[
    (
        "service.ts",
        "import express from 'express'\nimport { EventEmitter } from 'events'\nconst app = express()\nconst seen = new Map<string, { at: number; tags: string[] }>()\nconst bus = new EventEmitter()\nclass Store<T> { static all: Store<unknown>[] = []; private items: T[] = []; get last(): T | undefined { return this.items.at(-1) }\n  constructor(private readonly name: string) { Store.all.push(this) }\n  add(item: T) { this.items.push(item); return () => { this.items = this.items.filter(x => x !== item) } }\n  async *walk() { for await (const x of this.items) yield x } }\nconst store = new Store<string>('ü😀')\napp.post('/x/:id', async (req, res, next) => {\n  const { id, ...rest } = req.params\n  try { seen.set(id, { at: Date.now(), tags: [...(seen.get(id)?.tags ?? []), `t${id}`] }) } catch (e) { next(e) } finally { store.add(id) }\n  const timer = setInterval(() => res.write(`data: ${seen.size}`), 1000)\n  bus.on('tick', () => rest)\n  req.on('close', () => clearInterval(timer))\n  switch (id) { case 'a': seen.delete(id); break; default: if (seen.size > 100) seen.clear() }\n})\nexport { seen as default, store }\nexport * from './service'\n",
    ),
    (
        "old.js",
        "'use strict'\nvar util = require('util'), net = require('net')\nfunction Conn(s) { var self = this; this.q = []; this.h = {}; s.on('data', function (d) { self.q.push(d); self.h[d] = s }) }\nutil.inherits(Conn, require('events'))\nConn.prototype.send = function (x, cb) { this.q.push({ x: x, cb: cb }); process.nextTick(cb) }\nConn.all = []\nnet.createServer(function (s) { var c = new Conn(s); Conn.all.push(c); s.on('error', function () { delete c.h[s] }) }).listen(80)\nmodule.exports = Conn\nexports.make = function make() { return new Conn(arguments[0]) }\n",
    ),
    (
        "view.tsx",
        "import { useEffect, useState } from 'react'\nexport function View({ id, on }: { id: string; on?: () => void }) {\n  const [s, set] = useState<Record<string, number>>({})\n  useEffect(() => { const h = (e: Event) => set(o => ({ ...o, [id]: 1 })); window.addEventListener('x', h); return () => window.removeEventListener('x', h) }, [id])\n  return <><a href={`/${id}`} onClick={on} {...s}>{Object.keys(s).map(k => <b key={k}>{k}</b>)}</a></>\n}\n",
    ),
    (
        "page.vue",
        "<template><p>é {{ a }}</p></template>\n<script>\nconst cache = {}\nexport default { data() { return { a: 1 } }, mounted() { this.t = setInterval(() => { cache[this.a++] = 1 }, 10) } }\n</script>\n<script setup lang=\"ts\">\nlet b: Map<string, number> = new Map()\nwindow.addEventListener('resize', () => b.set('x', 1))\n</script>\n",
    ),
];

/// A plain generator of numbers (xorshift): the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

const PIECES: &[&str] = &[
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "`",
    "${",
    "'",
    "\"",
    "/*",
    "*/",
    "//",
    "\n",
    ";",
    ",",
    "=>",
    "...",
    "?.",
    "=",
    "@",
    "#x",
    "<",
    ">",
    "</script>",
    "<script>",
    "\u{2028}",
    "\u{feff}",
    "😀",
    "\0",
    "\\u{62}",
    "async ",
    "await ",
    "class ",
    "extends ",
    "import ",
    "export ",
    "export * from './service'\n",
    "return ",
    "yield ",
    "function ",
    "let ",
    "this.",
    "super(",
    "new ",
    "const {a=a}=a;",
    "get x(){return this.x}",
    "// highwater-ignore a: b\n",
    "for(;;)",
    "enum ",
];

fn mutated(text: &str, dice: &mut Dice) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=dice.below(4) {
        let (a, b) = (dice.below(bytes.len()), dice.below(bytes.len()));
        let (from, to) = (a.min(b), a.max(b).min(a.min(b) + 60));
        match dice.below(6) {
            0 => drop(bytes.drain(from..to)),
            1 => bytes.truncate(a.max(40)),
            2 if !bytes.is_empty() => bytes[a] ^= 1 << dice.below(7),
            3 => {
                let copy = bytes[from..to].to_vec();
                let at = dice.below(bytes.len());
                bytes.splice(at..at, copy);
            }
            _ => {
                let piece = PIECES[dice.below(PIECES.len())].bytes().cycle();
                let piece = PIECES[dice.below(PIECES.len())].bytes().chain(piece.take(dice.below(9)));
                bytes.splice(a..a, piece.collect::<Vec<u8>>());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn mutated_source_never_breaks_a_scan() {
    let mut dice = Dice(0x5EED_1234_5678_9ABC);
    let found: usize = SEEDS.iter().map(|seed| judged(&[*seed])).sum();
    assert!(found > 0, "seeds that nothing is found in test little");
    for round in 0..400 {
        let (path, text) = SEEDS[round % SEEDS.len()];
        let text = mutated(text, &mut dice);
        let outcome = std::panic::catch_unwind(|| judged(&[(path, &text)]));
        assert!(outcome.is_ok(), "round {round} breaks on {path}:\n{text}");
    }
}

/// The code blocks of every rule's page and cases.
fn examples(folder: &Path, out: &mut Vec<String>) {
    for path in std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()) {
        if path.is_dir() {
            examples(&path, out);
        } else if path.extension().is_some_and(|e| e == "md") {
            let text = std::fs::read_to_string(&path).expect("a page");
            let blocks = text.split("```").skip(1).step_by(2);
            out.extend(blocks.filter_map(|b| b.split_once('\n')).map(|(_, code)| code.to_owned()));
        }
    }
}

/// A few rounds from a fixed seed; after a change of the reader or the graph, many from another:
/// `HIGHWATER_ROUNDS=20000 cargo test -p highwater_rules --test hostile mutated`.
#[test]
fn mutated_examples_never_break_a_scan() {
    let wanted = std::env::var("HIGHWATER_ROUNDS").ok().and_then(|rounds| rounds.parse::<u64>().ok());
    let mut seeds: Vec<String> = SEEDS.iter().map(|s| s.1.to_owned()).collect();
    examples(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules"), &mut seeds);
    let seed = match wanted {
        Some(_) => std::time::UNIX_EPOCH.elapsed().map_or(1, |d| d.as_nanos() as u64 | 1),
        None => 0x5EED,
    };
    let mut dice = Dice(seed);
    for round in 0..wanted.unwrap_or(100) {
        let mut text = seeds[dice.below(seeds.len())].clone();
        if dice.below(4) == 0 {
            text.push_str(&seeds[dice.below(seeds.len())]);
        }
        for _ in 0..=dice.below(3) {
            text = mutated(&text, &mut dice);
        }
        let path = ["x.ts", "x.js", "x.tsx", "x.vue", "x.cjs", "x.svelte"][dice.below(6)];
        let outcome = std::panic::catch_unwind(|| judged(&[(path, &text)]));
        assert!(outcome.is_ok(), "round {round} of seed {seed} breaks on {path}:\n{text}");
    }
}

#[test]
fn names_that_lead_back_to_themselves_end() {
    let app = "import express from 'express'\nconst app = express()\n";
    for text in [
        "let a = a; const { b } = b; const [c] = c; let d = [d]; let g = { g }; let { h = h } = h; let i = i();\napp.get('/', () => { a.push(1); b.set(1, 1); d[d] = d; i.x.x.push(1); h().push(1) })",
        "class A { get a() { return this.a } get b() { return this.c } get c() { return this.b } static get i() { return A.i }\n m() { this.a.push(1); this.b.push(1); A.i.a.push(2); return this.m() } }\napp.get('/', () => new A().m())",
        "class A extends A { m = new Map(); f(k) { this.m.set(k, 1); this.z.push(1) } }\nclass B extends C {} class C extends B { g(k) { super.h.push(k) } }\napp.get('/', q => { new A().f(q); new C().g(q) })",
        "type A = A; type B = B[] | A | C; type C = Map<C, B> | C[] | B | { [k: string]: C }; interface D extends E {} interface E extends D {}\nfunction f(a: A, b: B, c: C, d: D) { a.push(1); b.push(b); c.set(c, c); d.on('x', f) }\napp.get('/', q => f(q, q, q, q))",
        "function f() { return f } const o = { get y() { return o.y }, z() { return o.z() } }; const g = (x) => g(g(x)).y(g(x))\napp.get('/', () => { f()()().push(1); o.y.push(1); o.z().push(1); g(1).push(1) })",
        "const m = new Map(); const o = { a: { b: { c: { d: { e: { f: [{ g: { h: {} } }] } } } } } }; class Q { o = { a: { b: { c: { q: new Q() } } } } }\napp.get('/', q => { m.set(q.url, { a: { b: { c: { d: { e: {} } } } } }); m.set(q.ip, o); m.set(q.id, new Q()) })",
    ] {
        let text = format!("{app}{text}\n");
        judged(&[("x.ts", &text)]);
    }
    judged(&[
        (
            "a.ts",
            "export * from './a'\nexport * from './b'\nexport { x } from './b'\nimport { x, q } from './b'\nsetInterval(() => { x.push(1); q.push(1) }, 1)\n",
        ),
        (
            "b.ts",
            "export * from './a'\nexport { x } from './a'\nimport * as ns from './b'\nexport { ns }\nsetInterval(() => ns.ns.ns.x.push(1), 1)\n",
        ),
    ]);
}

#[test]
fn barrels_that_name_each_other_end() {
    let files: Vec<(String, String)> = (0..20)
        .map(|i| {
            let stars: String = (0..20).map(|k| format!("export * from './m{k}'\n")).collect();
            let use_ =
                format!("import {{ missing }} from './m{}'\nsetInterval(() => missing.push(1), 1)\n", i / 2);
            (format!("m{i}.ts"), stars + &use_)
        })
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    judged(&files);
}

#[test]
fn classes_that_all_make_each_other_end() {
    let classes: String = (0..40)
        .map(|i| {
            let makes: String = (0..40).map(|k| format!("this.x{k} = new C{k}(); ")).collect();
            format!("class C{i} {{ m = new Map(); run(o) {{ {makes}this.m.set(o, 1); this.l = {{ ...this.l, ...o }} }} }}\n")
        })
        .collect();
    let text = format!("{classes}const c = new C0()\nsetInterval(() => c.run(Date.now()), 1)\n");
    judged(&[("x.ts", &text)]);
}

#[test]
fn many_routes_and_timers_in_one_file_end() {
    let routes: String = (0..400)
        .map(|i| {
            format!(
                "app.get('/r{i}', (req, res) => {{ m{i}.set(req.params.id, 1); setInterval(() => res.write('x'), 10) }})\n\
                 const m{i} = new Map()\n"
            )
        })
        .collect();
    let found = judged(&[("x.js", &format!("const app = require('express')()\n{routes}"))]);
    assert!(found > 400, "{found} findings");
}

#[test]
fn what_is_very_long_or_very_deep_ends() {
    let deep = |open: &str, mid: &str, close: &str, n: usize| {
        format!("x = {}{mid}{}\n", format!("{open}\n").repeat(n), format!("{close}\n").repeat(n))
    };
    let mut texts = vec![
        deep("(", "1", ")", 4_000),
        deep("[", "1", "]", 300),
        deep("{a:", "1", "}", 300),
        deep("`${", "1", "}`", 300),
        deep("a => ", "1", "", 300),
        deep("!", "1", "", 300),
        deep("a ? b : ", "1", "", 300),
        deep("", "a", ".b()", 300),
        deep("", "a", " + b", 20_000),
        format!("{} c()\n", "if (a) b()\nelse ".repeat(300)),
        format!("{}const a = 1\n", "// highwater-ignore x: y\n".repeat(20_000)),
        format!("{}\n", "f(function () {\n".repeat(1_000)),
    ];
    let members: String =
        (0..2_000).map(|i| format!("f{i} = new Map(); m{i}() {{ return this.f{i} }}\n")).collect();
    texts.push(format!("class A {{\n{members}}}\nnew A().m7()\n"));
    let table: String = (0..2_000).map(|i| format!("k{i}: x => o.k{i}(x),\n")).collect();
    texts.push(format!("const o = {{\n{table}}}\n"));
    let writes: String = (0..8_000).map(|i| format!("if (k === {i}) return; m.set(k + {i}, 1);\n")).collect();
    texts.push(format!("const m = new Map()\nexport function grow(k) {{\n{writes}}}\n"));
    let uncalled: String =
        (0..2_000).map(|i| format!("#g{i} = new Map(); n{i}(k) {{ this.#g{i}.set(k, 1) }}\n")).collect();
    texts.push(format!("export class B {{\n{uncalled}}}\nsetInterval(() => new B().n7(Date.now()), 1)\n"));
    for text in &texts {
        // As the engine does for what is long: room for recursion.
        let text = text.clone();
        let run = move || judged(&[("x.ts", &text)]);
        let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(run);
        thread.expect("a thread").join().expect("no panic");
    }
}

#[test]
fn component_files_with_broken_tags_are_read() {
    for text in [
        "<script",
        "<script>",
        "</script>",
        "<script><script>a()</script></script>",
        "<script/>x</script>",
        "---",
        "---\n---",
        "---\nconst ü = 1\n---<script>x()</script>",
        "------",
        "<SCRIPT LANG=\"TS\">let a: number</SCRIPT>É",
        "é---\n---",
        "İ<script>const ı = 1</script>İ<script>let b</script>",
        "<script>a</script><script>b</script",
    ] {
        for path in ["x.vue", "x.svelte", "x.astro"] {
            judged(&[(path, text)]);
        }
    }
}
