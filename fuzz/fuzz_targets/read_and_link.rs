//! Any text as any kind of source file: read, linked and judged. Nothing panics and every span lies in the text.
#![no_main]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use highwater_finding::{Limit, PackageInfo, Place, Platform, Profile};
use highwater_program::{FileLookup, FileRole, Package, link, read_file};
use highwater_rules::{Settings, judge};
use libfuzzer_sys::fuzz_target;

const ENDINGS: &[&str] = &["ts", "js", "tsx", "cjs", "mjs", "mts", "jsx", "vue", "svelte", "astro"];

/// A folder with one file that nothing can be read of.
struct One(PathBuf);

impl FileLookup for One {
    fn read(&self, _: &Path) -> Option<String> {
        None
    }

    fn is_dir(&self, path: &Path) -> Option<bool> {
        if path == self.0 { Some(false) } else { self.0.starts_with(path).then_some(true) }
    }

    fn canonical(&self, path: &Path) -> Option<PathBuf> {
        self.is_dir(path).map(|_| path.to_owned())
    }
}

fn package() -> Package {
    let info = PackageInfo {
        name: "fuzz".into(),
        folder: String::new(),
        platform: Platform::Server,
        because: "fuzzing".into(),
    };
    let dependencies = vec!["express".into(), "ws".into()];
    Package { info, dependencies, mentions: vec![], is_private: true, has_api: false }
}

fn settings() -> Settings {
    let profile = Profile {
        name: "fuzz".into(),
        requests_per_hour: 1_000,
        connections_per_hour: 100,
        users_per_hour: 100,
    };
    Settings { profile, limit: Limit { bytes: 512 << 20, source: "fuzz".into() } }
}

fn check_place(place: &Place, lines: &[&str]) {
    if place.line == 0 {
        return;
    }
    for (line, column) in [(place.line, place.column), (place.end_line, place.end_column)] {
        let length = lines.get(line as usize - 1).map(|l| l.len());
        assert!(length.is_some_and(|l| column as usize <= l + 1), "{place:?}");
    }
    assert!((place.line, place.column) <= (place.end_line, place.end_column), "{place:?}");
}

fuzz_target!(|data: &[u8]| {
    let Some((&kind, rest)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let path = format!("x.{}", ENDINGS[kind as usize % ENDINGS.len()]);
    let facts = read_file(&path, &text, FileRole::Source);
    let spans = facts.spans.iter().chain(&facts.stmt_spans);
    let spans = spans.chain(facts.functions.iter().map(|f| &f.span));
    let spans = spans.chain(facts.bindings.iter().map(|b| &b.span));
    for s in spans.chain(facts.classes.iter().map(|c| &c.span)) {
        assert!(text.get(s.start as usize..s.end as usize).is_some(), "{s:?}");
    }
    assert!(facts.lists.len() < u32::MAX as usize && facts.exprs.len() == facts.spans.len());
    let root = Path::new("/fuzz");
    let program = link(vec![facts], vec![package()], root, Arc::new(One(root.join(&path))));
    let judgement = judge(&program, &settings());
    let lines: Vec<&str> = text.split('\n').collect();
    assert_eq!(judgement.broken, [""; 0], "rules that broke down");
    judgement.assurances.iter().for_each(|a| check_place(&a.place, &lines));
    for f in &judgement.findings {
        check_place(&f.place, &lines);
        f.related.iter().for_each(|r| check_place(&r.place, &lines));
        f.evidence.iter().filter_map(|e| e.place.as_ref()).for_each(|p| check_place(p, &lines));
        f.remedies.iter().flat_map(|r| &r.edits).for_each(|e| check_place(&e.place, &lines));
    }
});
