//! What part a file plays, from its path below the scanned root and from its head.
//!
//! Names are judged relative to the root: scanning `examples/shop` treats the shop's own files as source.

use highwater_program::FileRole;

/// Folders of tests wherever they stand.
const TEST_FOLDERS: &[&str] = &[
    "test",
    "tests",
    "__tests__",
    "__test__",
    "__mocks__",
    "__fixtures__",
    "__snapshots__",
    "e2e",
    "spec",
    "specs",
    "fixtures",
    "fixture",
    "mocks",
    "testdata",
    "test-utils",
    "test-helpers",
    "integration-tests",
    "test-d",
    "type-tests",
];
/// Folders of tests unless they stand below a source folder, where the word may name a feature.
const OUTER_TEST_FOLDERS: &[&str] =
    &["bench", "benches", "benchmark", "benchmarks", "cypress", "playwright", "stories", "mock", "perf"];
/// Folders of scripts wherever they stand.
const SCRIPT_FOLDERS: &[&str] =
    &["migrations", "seeds", "seeders", "codemods", "example", "examples", "sample", "samples", "templates"];
/// Folders of scripts unless below a source folder: `src/tools` is an agent's tools, `tools/` a repository's.
const OUTER_SCRIPT_FOLDERS: &[&str] = &[
    "scripts",
    "script",
    "tools",
    "tooling",
    "examples",
    "example",
    "docs",
    "doc",
    "demo",
    "demos",
    "website",
    "samples",
    "sample",
    "playground",
    "playgrounds",
    "codegen",
    "generators",
    "release",
    "hack",
    "contrib",
];
/// Below these, folder names are the product's own words.
const SOURCE_FOLDERS: &[&str] = &["src", "lib", "app", "source", "server"];
/// Directly below these, a folder is a package of the product whatever its name.
const PACKAGE_FOLDERS: &[&str] =
    &["packages", "apps", "services", "libs", "modules", "plugins", "extensions"];
const GENERATED_FOLDERS: &[&str] = &["generated", "__generated__", "third_party", "third-party"];

/// Parts of a file name, between dots, that mark a test: `user.test.ts`, `Button.stories.tsx`.
const TEST_PARTS: &[&str] = &[
    "test",
    "tests",
    "spec",
    "specs",
    "stories",
    "story",
    "bench",
    "benchmark",
    "mock",
    "mocks",
    "fixture",
    "fixtures",
    "cy",
    "e2e",
    "e2e-spec",
    "test-d",
    "integration-spec",
    "int-spec",
];
const GENERATED_PARTS: &[&str] = &["min", "generated", "gen", "bundle", "pb"];
/// `name.config.ts` and the like at the outer level, and files known by their whole stem.
const SCRIPT_STEMS: &[&str] = &[
    "gulpfile",
    "gruntfile",
    "makefile",
    "jakefile",
    "dangerfile",
    "webpack",
    "rollup",
    "vite",
    "vitest",
    "jest",
    "karma",
    "babel",
    "eslint",
    "prettier",
    "tailwind",
    "postcss",
    "next",
    "nuxt",
    "astro",
    "svelte",
    "drizzle",
    "playwright",
    "cypress",
    "tsup",
    "esbuild",
    "metro",
    "commitlint",
    "stylelint",
    "wdio",
    "rspack",
    "turbo",
];
const TEST_STEMS: &[&str] = &[
    "setuptests",
    "jest-setup",
    "vitest-setup",
    "test-setup",
    "testutils",
    "test-utils",
    "test-helpers",
    "testhelpers",
    "test-support",
];

/// The part a file plays, from its path alone.
pub fn by_path(path: &str) -> FileRole {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let folders = folders.to_ascii_lowercase();
    let folders: Vec<&str> = folders.split('/').filter(|f| !f.is_empty()).collect();
    if folders.iter().any(|f| GENERATED_FOLDERS.contains(f)) {
        return FileRole::Generated;
    }
    let by_name = by_name(name, folders.iter().any(|f| SOURCE_FOLDERS.contains(f)));
    if by_name == FileRole::Generated || by_name == FileRole::Test {
        return by_name;
    }
    by_folders(&folders).unwrap_or(by_name)
}

fn by_folders(folders: &[&str]) -> Option<FileRole> {
    let mut inner = false;
    let mut script = false;
    for (at, folder) in folders.iter().enumerate() {
        let is_package = at > 0 && PACKAGE_FOLDERS.contains(&folders[at - 1]);
        if folder.starts_with("dev-packages") || folder.ends_with("-tests") || folder.contains("test-app") {
            return Some(FileRole::Test);
        }
        let bench = matches!(*folder, "bench" | "benches" | "benchmark" | "benchmarks");
        let test = TEST_FOLDERS.contains(folder) || matches!(*folder, "Test" | "Tests");
        let of_tests = ["-testing", "-test-utils", "-perf", "-bench", "-benchmark", "-benchmarks", "-mocks"];
        let for_tests = is_package && of_tests.iter().any(|end| folder.ends_with(end));
        if is_package && bench || test && !is_package || for_tests {
            return Some(FileRole::Test);
        }
        if !inner && !is_package {
            if OUTER_TEST_FOLDERS.contains(folder) {
                return Some(FileRole::Test);
            }
            script |= OUTER_SCRIPT_FOLDERS.contains(folder);
        }
        script |= SCRIPT_FOLDERS.contains(folder);
        // `packages/server/scripts`: `server` is a package here, and not a folder of sources.
        let package_above = at > 1 && PACKAGE_FOLDERS.contains(&folders[at - 2]);
        script |= package_above && matches!(*folder, "scripts" | "script");
        inner |= SOURCE_FOLDERS.contains(folder);
    }
    script.then_some(FileRole::Script)
}

fn by_name(name: &str, inner: bool) -> FileRole {
    let lower = name.to_lowercase();
    let mut parts: Vec<&str> = lower.split('.').filter(|p| !p.is_empty()).collect();
    parts.pop();
    let Some((stem, rest)) = parts.split_first() else { return FileRole::Source };
    if rest.iter().any(|p| GENERATED_PARTS.contains(p)) {
        return FileRole::Generated;
    }
    let bare = stem.trim_start_matches('_');
    let mock = ["mock_", "mock-", "mocks_", "mocks-"].iter().any(|m| bare.starts_with(m));
    let lone = (*stem == "test" || stem.starts_with("test-")) && rest.is_empty() && !inner;
    let test_stem =
        lone || mock || stem.ends_with("_test") || stem.ends_with("_spec") || TEST_STEMS.contains(stem);
    if test_stem || rest.iter().any(|p| TEST_PARTS.contains(p)) {
        return FileRole::Test;
    }
    let tool = SCRIPT_STEMS.contains(stem) || !inner;
    let config = rest.iter().any(|p| matches!(*p, "config" | "conf" | "setup" | "workspace")) && tool;
    if config || (SCRIPT_STEMS[..5].contains(stem) && rest.is_empty()) {
        return FileRole::Script;
    }
    FileRole::Source
}

/// Whether the comments at the top of a text say that a generator wrote it.
pub fn says_generated(text: &str) -> bool {
    is_bundle(text) || has_generator_comment(text)
}

/// What bundlers write at the top of their output: esbuild's helpers, webpack's runtime.
fn is_bundle(text: &str) -> bool {
    let end = text.len().min(4000);
    let has = |mark: &str| memchr::memmem::find(&text.as_bytes()[..end], mark.as_bytes()).is_some();
    has("webpack") && (has("__webpack_require__") || has("webpackBootstrap"))
        || has("var __") && (has("var __defProp = Object.defineProperty") || has("var __commonJS = ("))
}

fn has_generator_comment(text: &str) -> bool {
    let mut in_block = false;
    let mut seen = 0;
    for line in text.lines().take(40) {
        seen += line.len();
        if seen > 4000 {
            return false;
        }
        let line = line.trim();
        let comment = in_block || ["//", "/*", "#!", "<!--"].iter().any(|mark| line.starts_with(mark));
        let directive = line.starts_with("'use ") || line.starts_with("\"use ");
        if comment && names_generator(line) {
            return true;
        }
        if !(comment || directive || line.is_empty()) {
            return false;
        }
        if let Some(open) = line.rfind("/*").or_else(|| line.rfind("<!--")) {
            in_block = !line[open..].contains("*/") && !line[open..].contains("-->");
        } else if line.contains("*/") || line.contains("-->") {
            in_block = false;
        }
    }
    false
}

fn names_generator(comment: &str) -> bool {
    let comment = comment.as_bytes();
    let has = |at: usize, word: &str| {
        comment.get(at..at + word.len()).is_some_and(|s| s.eq_ignore_ascii_case(word.as_bytes()))
    };
    let is_mark = |at: usize| match comment[at] {
        b'd' | b'D' => has(at, "do not edit") || has(at, "do not modify"),
        b'@' => has(at, "@generated"),
        b'a' | b'A' => {
            has(at, "auto-generated") || has(at, "autogenerated") || has(at, "automatically generated")
        }
        _ => false,
    };
    (0..comment.len()).any(is_mark)
}
