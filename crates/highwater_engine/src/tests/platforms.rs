//! Where packages run and how much memory they have.

use super::*;
use crate::load::walk::walk;
use crate::packages::{self, limit};

fn platform(files: &[(&str, &str)]) -> (Platform, String) {
    let folder = folder(files);
    let walked = walk(folder.path(), &|_, _| false);
    let found = packages::find(folder.path(), &walked.hints, &|_| None);
    assert_eq!(found.problems, []);
    let info = &found.found[0].package.info;
    (info.platform, info.because.clone())
}

fn npm(text: &str) -> (Platform, String) {
    platform(&[("package.json", text)])
}

#[test]
fn manifests_decide() {
    let express = r#"{"dependencies":{"express":"4"},"scripts":{"start":"node ."},"main":"x.js"}"#;
    assert_eq!(npm(express), (Platform::Server, "express in dependencies".into()));
    assert_eq!(npm(r#"{"private":true,"dependencies":{"ws":"8"}}"#).0, Platform::Server);
    assert_eq!(npm(r#"{"main":"x.js","dependencies":{"ws":"8"}}"#).0, Platform::Library);
    assert_eq!(npm(r#"{"main":"x.js","devDependencies":{"express":"4"}}"#).0, Platform::Library);
    assert_eq!(npm(r#"{"bin":"x.js","dependencies":{"commander":"9"}}"#).0, Platform::Cli);
    assert_eq!(npm(r#"{"private":true,"dependencies":{"@actions/core":"1"}}"#).0, Platform::Cli);
    assert_eq!(npm(r#"{"bin":"x.js","dependencies":{"@modelcontextprotocol/sdk":"1"}}"#).0, Platform::Server);
    assert_eq!(npm(r#"{"bin":"x.js","dependencies":{"ink":"1"}}"#).0, Platform::Server);
    assert_eq!(npm(r#"{"private":true,"dependencies":{"react":"19"}}"#).0, Platform::Browser);
    assert_eq!(npm(r#"{"private":true,"dependencies":{"react":"19","next":"15"}}"#).0, Platform::Server);
    assert_eq!(npm(r#"{"devDependencies":{"@types/aws-lambda":"8"}}"#).0, Platform::Function);
    assert_eq!(npm(r#"{"devDependencies":{"@cloudflare/workers-types":"4"}}"#).0, Platform::Isolate);
    assert_eq!(npm(r#"{"engines":{"vscode":"^1"},"dependencies":{"express":"4"}}"#).0, Platform::Desktop);
    assert_eq!(npm(r#"{"devDependencies":{"electron":"9"},"dependencies":{"ws":"8"}}"#).0, Platform::Desktop);
    assert_eq!(
        npm(r#"{"devDependencies":{"electron":"9"},"dependencies":{"express":"4"}}"#).0,
        Platform::Server
    );
    assert_eq!(npm("{}").0, Platform::Server);
    assert_eq!(platform(&[("x.ts", "")]), (Platform::Server, "default: no package.json".into()));
}

#[test]
fn files_beside_the_manifest_decide_first() {
    let hono = r#"{"dependencies":{"hono":"4"},"scripts":{"start":"x"}}"#;
    let wrangler = platform(&[("package.json", hono), ("wrangler.jsonc", "{}")]);
    assert_eq!(wrangler, (Platform::Isolate, "wrangler.jsonc".into()));
    assert_eq!(platform(&[("package.json", "{}"), ("serverless.yml", "")]).0, Platform::Function);
    let deno = "{ // comment\n \"imports\": {\"@oak/oak\": \"jsr:@oak/oak@17\",}, }";
    assert_eq!(platform(&[("deno.jsonc", deno)]), (Platform::Server, "@oak/oak in dependencies".into()));
    let docker = [("package.json", r#"{"bin":"x.js","dependencies":{"express":"4"}}"#), ("Dockerfile", "")];
    assert_eq!(platform(&docker).0, Platform::Server);
}

#[test]
fn a_repository_has_many_packages() {
    let folder = folder(&[
        ("package.json", r#"{"name":"root","private":true,"workspaces":["packages/*"]}"#),
        ("packages/api/package.json", r#"{"name":"@x/api","private":true,"dependencies":{"fastify":"5"}}"#),
        ("packages/api/src/x.ts", "const a = new Map()\n"),
        ("packages/edge/wrangler.toml", ""),
        ("packages/edge/package.json", r#"{"name":"@x/edge"}"#),
        ("packages/edge/src/x.ts", ""),
        ("packages/none/package.json", r#"{"name":"@x/none"}"#),
        ("packages/api/test/fixtures/a/package.json", "not json"),
    ]);
    let report = check(folder.path(), Options::default());
    assert_eq!(report.problems, []);
    assert_eq!(report.project, "root");
    let packages: Vec<_> = report.packages.iter().map(|p| (p.name.as_str(), p.platform)).collect();
    assert_eq!(packages, [("@x/api", Platform::Server), ("@x/edge", Platform::Isolate)]);
    assert_eq!(report.limit.bytes, 128 << 20);
}

#[test]
fn a_broken_manifest_is_told() {
    let folder = folder(&[("package.json", "{ nonsense"), ("x.ts", "")]);
    let report = check(folder.path(), Options::default());
    assert_eq!(report.problems.len(), 1);
    assert!(report.problems[0].message.contains("not valid JSON"));
}

#[test]
fn a_folder_inside_a_package_belongs_to_it() {
    let folder = folder(&[
        ("package.json", r#"{"name":"shop","bin":"x","dependencies":{"commander":"1"}}"#),
        ("src/x.ts", ""),
    ]);
    let report = check(&folder.path().join("src"), Options::default());
    assert_eq!((report.packages[0].name.as_str(), report.packages[0].platform), ("shop", Platform::Cli));
}

#[test]
fn memory_limits_are_read() {
    let limit = |files: &[(&str, &str)]| {
        let folder = folder(files);
        let walked = walk(folder.path(), &|_, _| false);
        limit::choose(packages::find(folder.path(), &walked.hints, &|_| None).found.iter())
    };
    let start = r#"{"scripts":{"start":"node --max-old-space-size=2048 x.js"}}"#;
    let limit_of_start = limit(&[("package.json", start)]);
    assert_eq!(limit_of_start.bytes, 2 << 30);
    assert_eq!(limit_of_start.source, "`--max-old-space-size` in script `start` of package.json");
    let docker = [("package.json", "{}"), ("Dockerfile", "ENV NODE_OPTIONS=\"--max_old_space_size=300\"\n")];
    assert_eq!(limit(&docker).bytes, 300 << 20);
    let compose = [("package.json", "{}"), ("docker-compose.yml", "services:\n  api:\n    mem_limit: 1g\n")];
    assert_eq!(limit(&compose).bytes, 1 << 30);
    assert_eq!(limit(&[("package.json", "{}")]).source, "default container");
}

#[test]
fn somebody_may_know_better() {
    let folder = folder(&[("package.json", r#"{"dependencies":{"express":"4"}}"#), ("x.ts", "")]);
    write(folder.path(), "highwater.toml", "platform = \"cli\"\n[limits]\nmemory = \"2GB\"\n");
    let report = check(folder.path(), Options::default());
    assert_eq!(
        (report.packages[0].platform, report.packages[0].because.as_str()),
        (Platform::Cli, "highwater.toml")
    );
    assert_eq!((report.limit.bytes, report.limit.source.as_str()), (2 << 30, "highwater.toml"));
    let report = check(folder.path(), Options { platform: Some(Platform::Browser), ..Options::default() });
    assert_eq!(report.packages[0].because, "--platform");
}
