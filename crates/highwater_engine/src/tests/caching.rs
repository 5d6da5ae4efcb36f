//! The cache: the same answer with and without it, whatever has happened to what it keeps.

use super::*;
use crate::cache::folder::Folder;
use crate::cache::{Cache, Outcome, key_of};
use crate::load::walk::Candidate;
use highwater_program::{FileRole, read_file};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

const CONFIG: &str = "[cache]\nfolder = \".kept\"\n";
const SERVICE: &[(&str, &str)] = &[
    ("highwater.toml", CONFIG),
    ("package.json", r#"{"name":"shop"}"#),
    ("src/a.ts", "const a = new Map();\nimport './b';\nimport '@/c';\n"),
    ("src/b.ts", "const b = new Map();\nconst = ;\n"),
    ("src/c.ts", "const c = 1;\n"),
];

/// The report as text, and how often a report was put into words for it.
fn ask(root: &Path, cache: bool) -> (String, usize) {
    let told = AtomicUsize::new(0);
    let session = Session::open(root, Options { cache, min_confidence: 0, ..Options::default() });
    let answer = session.expect("a session").answer(&Silent, "test", &|report| {
        told.fetch_add(1, SeqCst);
        let bare = Report { cards: vec![], ..report.clone() };
        format!("{bare:?}").into_bytes()
    });
    (String::from_utf8(answer.expect("an answer")).expect("text"), told.load(SeqCst))
}

fn kept(root: &Path, ending: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for tree in fs::read_dir(root.join(".kept")).into_iter().flatten().flatten() {
        let files = fs::read_dir(tree.path()).expect("files").flatten().map(|f| f.path());
        out.extend(files.filter(|f| f.extension().is_some_and(|e| e == ending)));
    }
    out
}

#[test]
fn an_unchanged_tree_is_answered_in_the_words_of_the_last_run() {
    let folder = folder(SERVICE);
    let plain = ask(folder.path(), false);
    assert!(!folder.path().join(".kept").exists(), "without a cache nothing is written");
    assert_eq!(ask(folder.path(), true), (plain.0.clone(), 1));
    assert_eq!(ask(folder.path(), true), (plain.0.clone(), 0));
    let other =
        Session::open(folder.path(), Options { cache: true, ..Options::default() }).expect("a session");
    let answer = other.answer(&Silent, "another form", &|_| b"other".to_vec()).expect("an answer");
    assert_eq!(answer, b"other", "another question has another answer");
}

#[test]
fn every_change_is_noticed() {
    let folder = folder(SERVICE);
    let root = folder.path();
    ask(root, true);
    let changes: &[(&str, &str)] = &[
        ("src/c.ts", "const c = new Map();\n"),
        ("src/new.ts", "const d = new Map();\n"),
        ("package.json", r#"{"name":"shop","dependencies":{"express":"1"}}"#),
        ("highwater.toml", "platform = \"browser\"\n[cache]\nfolder = \".kept\"\n"),
        // No source, but import resolution looks for it.
        ("tsconfig.json", r#"{"compilerOptions":{"paths":{"@/*":["./src/*"]}}}"#),
    ];
    for (path, text) in changes {
        write(root, path, text);
        assert_eq!(ask(root, true), (ask(root, false).0, 1), "after a change of {path}");
        assert_eq!(ask(root, true).1, 0);
    }
    fs::remove_file(root.join("src/b.ts")).expect("gone");
    assert_eq!(ask(root, true), (ask(root, false).0, 1));
}

#[test]
fn broken_entries_are_nothing_and_are_written_anew() {
    let folder = folder(SERVICE);
    let root = folder.path();
    let plain = ask(root, false).0;
    for damage in 0..40 {
        ask(root, true);
        for path in kept(root, "pack").iter().chain(&kept(root, "answer")) {
            let mut bytes = fs::read(path).expect("bytes");
            match damage % 4 {
                0 => bytes.truncate(bytes.len() * (damage + 1) / 45),
                1 => bytes.clear(),
                _ => {
                    let at = bytes.len() * damage / 40;
                    bytes[at] ^= 0x40;
                }
            }
            fs::write(path, bytes).expect("written");
        }
        assert_eq!(ask(root, true).0, plain, "damage {damage}");
        assert_eq!(ask(root, true), (plain.clone(), 0), "mended after damage {damage}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_no_cache() {
    let folder = folder(SERVICE);
    write(folder.path(), ".kept", "a file in the way");
    let plain = ask(folder.path(), false).0;
    for _ in 0..2 {
        assert_eq!(ask(folder.path(), true), (plain.clone(), 1));
    }
}

#[test]
fn packs_stay_few_and_without_waste() {
    let folder = folder(SERVICE);
    for round in 0..30 {
        write(folder.path(), "src/c.ts", format!("const c{round} = new Map();\n"));
        let answer = ask(folder.path(), true);
        assert_eq!(answer, (ask(folder.path(), false).0, 1));
        assert!(kept(folder.path(), "pack").len() <= 9);
        assert!(kept(folder.path(), "part").is_empty());
    }
}

fn candidate(root: &Path) -> Candidate {
    Candidate { absolute: root.join("a.ts"), path: "a.ts".into() }
}

fn outcome(text: &str) -> Outcome {
    Outcome { facts: Some(Box::new(read_file("a.ts", text, FileRole::Source))), problem: None, key: None }
}

/// A time at which files of this test have been left alone for long.
const LATER: u64 = 1 << 62;

#[test]
fn a_stamp_stands_for_the_content_when_it_is_old_enough() {
    let (files, all) = (folder(&[("a.ts", "f();\n")]), folder(&[]));
    let root = files.path();
    let file = candidate(root);
    let open = |now| Cache::open(Folder::new(all.path().to_owned(), root, 1 << 20), now);
    let key = key_of("a.ts", b"f();\n");
    for (now, believed) in [(1, None), (LATER, Some(key))] {
        let cache = open(now);
        let stamp = cache.look("a.ts", &file.absolute).stamp;
        cache.note("a.ts", stamp, key);
        cache.keep(key, &outcome("f();\n"));
        cache.finish();
        assert_eq!(open(LATER).look("a.ts", &file.absolute).key, believed);
        assert!(open(LATER).facts(&file, key).is_some());
    }
    write(root, "a.ts", "g()\n;");
    assert_eq!(open(LATER).look("a.ts", &file.absolute).key, None, "the same size, another time");
}

#[test]
fn another_build_sees_nothing_of_it() {
    let all = folder(&[]);
    let root = Path::new("/somewhere");
    let ours = || Folder::new(all.path().to_owned(), root, 1 << 20);
    let key = key_of("a.ts", b"f()");
    let cache = Cache::open(ours(), LATER);
    cache.keep(key, &outcome("f()"));
    cache.finish();
    assert!(Cache::open(ours(), LATER).facts(&candidate(root), key).is_some());
    let theirs = Cache::open(ours().of_build(1), LATER + 1);
    assert!(theirs.facts(&candidate(root), key).is_none());
    theirs.keep(key, &outcome("f()"));
    theirs.finish();
    assert!(Cache::open(ours(), LATER).facts(&candidate(root), key).is_none(), "what was useless is gone");
}

#[test]
fn trees_that_were_not_scanned_for_longest_go_first() {
    let all = folder(&[]);
    let big = outcome(&"f(a, b, c);\n".repeat(2_000));
    let keep = |root: &str| {
        let cache = Cache::open(Folder::new(all.path().to_owned(), root.as_ref(), 300_000), LATER);
        for n in 0..3 {
            cache.keep((n, n), &big);
        }
        cache.finish();
    };
    let trees = || fs::read_dir(all.path()).expect("trees").count();
    for n in 0..6 {
        keep(&format!("/tree{n}"));
        std::thread::sleep(std::time::Duration::from_millis(15));
    }
    let bytes = highwater_program::to_bytes(big.facts.as_ref().expect("facts")).len();
    assert!(trees() * bytes * 3 <= 300_000 && trees() >= 1, "{} trees of {bytes}", trees());
    write(all.path(), "0123456789abcdef/mine.txt", "not ours");
    keep("/another");
    assert!(all.path().join("0123456789abcdef/mine.txt").exists());
}
