//! What a walk finds, and what it leaves alone.

use super::*;
use crate::load::walk::walk;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

fn found(root: &Path) -> Vec<String> {
    walk(root, &|_, _| false).files.into_iter().map(|f| f.path).collect()
}

#[test]
fn finds_source_and_leaves_what_others_wrote() {
    let folder = folder(&[
        ("src/b.ts", ""),
        ("src/a.vue", ""),
        ("src/types.d.ts", ""),
        ("src/style.d.css.ts", ""),
        ("src/jquery.min.js", ""),
        ("src/build/plan.ts", ""),
        ("src/readme.md", ""),
        ("node_modules/x/index.js", ""),
        ("dist/x.js", ""),
        ("build/x.js", ""),
        ("packages/a/package.json", "{}"),
        ("packages/a/build/x.js", ""),
        ("packages/a/coverage/x.js", ""),
        (".hidden/x.js", ""),
    ]);
    assert_eq!(found(folder.path()), ["src/a.vue", "src/b.ts", "src/build/plan.ts"]);
    assert_eq!(walk(folder.path(), &|_, _| false).not_judged, 3);
}

#[test]
fn ignore_files_count_without_a_repository() {
    let folder = folder(&[
        (".gitignore", "old/\n*.gen.ts\n"),
        (".ignore", "vendored\n"),
        ("old/x.ts", ""),
        ("vendored/x.ts", ""),
        ("x.gen.ts", ""),
        ("x.ts", ""),
    ]);
    assert_eq!(found(folder.path()), ["x.ts"]);
}

#[test]
fn a_stray_ignore_file_above_the_root_hides_nothing() {
    let folder = folder(&[(".gitignore", "*\n"), ("service/x.ts", "")]);
    assert_eq!(found(&folder.path().join("service")), ["x.ts"]);
}

#[test]
fn a_pipe_a_link_loop_and_a_dead_link_are_left_alone() {
    let folder = folder(&[("src/x.ts", "")]);
    let root = folder.path();
    let made = Command::new("mkfifo").arg(root.join("src/pipe.ts")).status().expect("mkfifo");
    assert!(made.success());
    let made = Command::new("mkfifo").arg(root.join("package.json")).status().expect("mkfifo");
    assert!(made.success());
    std::os::unix::fs::symlink(root, root.join("src/loop")).expect("a link");
    std::os::unix::fs::symlink("nowhere.ts", root.join("src/dead.ts")).expect("a link");
    let report = check(root, Options::default());
    assert_eq!(report.code.files, 1);
    assert_eq!(report.problems, []);
}

#[test]
fn an_ignore_file_that_never_ends_is_not_read() {
    let folder = folder(&[("a/x.ts", ""), ("b/x.ts", "")]);
    let root = folder.path();
    let made = Command::new("mkfifo").arg(root.join("b/.gitignore")).status().expect("mkfifo");
    assert!(made.success());
    assert_eq!(found(root), ["a/x.ts"]);
    assert_eq!(walk(root, &|_, _| false).problems[0].place.file, "b");
    std::os::unix::fs::symlink("/dev/zero", root.join(".ignore")).expect("a link");
    assert_eq!(found(root), ["a/x.ts", "b/x.ts"]);
    assert_eq!(walk(root, &|_, _| false).problems.len(), 1);
}

#[test]
fn a_root_that_is_a_link_is_followed() {
    let folder = folder(&[("real/x.ts", "const a = new Map()\n")]);
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(folder.path().join("real"), &link).expect("a link");
    assert_eq!(symbols(&check(&link, Options::default())), ["a"]);
}

#[test]
fn an_unreadable_folder_and_file_are_told() {
    // Root reads everything: there the test runs itself once more as `nobody`.
    if again_as_nobody("tests::walking::an_unreadable_folder_and_file_are_told") {
        return;
    }
    let folder = folder(&[("secret/x.ts", ""), ("x.ts", ""), ("y.ts", "const y = new Map()\n")]);
    let root = folder.path();
    let lock = |path: &str, mode| fs::set_permissions(root.join(path), fs::Permissions::from_mode(mode));
    lock("secret", 0o000).expect("permissions");
    lock("x.ts", 0o000).expect("permissions");
    let report = Session::open(root, Options::default()).and_then(|s| s.check(&Silent)).expect("a report");
    lock("secret", 0o755).expect("permissions");
    let places: Vec<&str> = report.problems.iter().map(|p| p.place.file.as_str()).collect();
    assert_eq!(places, ["secret", "x.ts"]);
    assert!(report.problems.iter().all(|p| p.kind == ProblemKind::Unreadable));
}

/// Runs one test of this binary without root's rights, through a copy that others may execute. False for whoever has no
/// such rights, and in the run without them.
fn again_as_nobody(test: &str) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let is_root = status.lines().any(|l| l.starts_with("Uid:") && l.split_whitespace().nth(2) == Some("0"));
    if !is_root {
        return false;
    }
    let place = tempfile::tempdir().expect("a folder");
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o777)).expect("permissions");
    let copy = place.path().join("tests");
    fs::copy(std::env::current_exe().expect("this binary"), &copy).expect("a copy");
    let out = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&copy)
        .args([test, "--exact"])
        .env("TMPDIR", place.path())
        .current_dir(place.path())
        .output()
        .expect("setpriv, of util-linux");
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(
        out.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&out.stderr)
    );
    true
}

#[test]
fn odd_bytes_are_read_and_told() {
    let folder = folder(&[]);
    let root = folder.path();
    write(root, "latin.ts", b"// caf\xE9\nconst a = new Map()\n");
    write(root, "mark.ts", b"\xEF\xBB\xBFconst b = new Map()\n");
    write(root, "video.ts", b"G\0\0\0 const c = new Map()\n");
    write(root, "german.ts", "<?xml version=\"1.0\"?>\n<!DOCTYPE TS>\n");
    let report = check(root, Options::default());
    assert_eq!(symbols(&report), ["a"], "the mark hides `b` from the test's own simple reading");
    let told: Vec<_> = report.problems.iter().map(|p| (p.place.file.as_str(), p.kind)).collect();
    assert_eq!(told, [("latin.ts", ProblemKind::Other)]);
    assert_eq!((report.code.files, report.code.not_judged), (2, 2));
}

#[test]
fn large_and_minified_files_are_not_parsed() {
    let folder = folder(&[("highwater.toml", "[limits]\nmax_file_bytes = 100000\n")]);
    let root = folder.path();
    write(root, "large.ts", "x;\n".repeat(40_000));
    write(root, "bundle.js", "function a(){b();c(d)};".repeat(1_000));
    write(root, "data.ts", format!("export const image = '{}'\n", "QUJD".repeat(10_000)));
    let report = check(root, Options::default());
    let told: Vec<_> = report.problems.iter().map(|p| (p.place.file.as_str(), p.kind)).collect();
    assert_eq!(told, [("large.ts", ProblemKind::TooLarge)]);
    assert_eq!((report.code.files, report.code.not_judged), (1, 1));
}

#[test]
fn an_empty_folder_says_so() {
    let report = check(folder(&[]).path(), Options::default());
    assert_eq!(report.problems.len(), 1);
    assert!(report.problems[0].message.contains("no JavaScript or TypeScript"));
}
