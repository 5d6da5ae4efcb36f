//! `[entry_points]` and `[packages]` of `highwater.toml`, judged by the rules of the house.

use super::*;

const STORE: &str = "const seen = new Map();\nexport function remember(id) { seen.set(id, Date.now()); }\n\
                     export class Queue { take(job) { seen.set(job.id, job); } #own() {} }\n\
                     function inner(x) { seen.set(x, 1); }\nexport const asked = (id) => seen.get(id);\n";

/// The kinds of the findings, and what was told about the configuration.
fn judged(root: &Path) -> (Vec<&'static str>, Vec<String>) {
    let session = Session::open(root, Options::default()).expect("a session");
    let report = session.check(&Silent).expect("a report");
    let kinds = report.findings.iter().map(|f| f.kind).collect();
    (kinds, report.problems.into_iter().map(|p| p.message).collect())
}

fn service(config: &str) -> TempDir {
    folder(&[
        ("package.json", r#"{"name":"shop","private":true,"scripts":{"start":"node src/main.js"}}"#),
        ("highwater.toml", config),
        ("src/store.js", STORE),
        // Called while the process starts, so nothing recurs by itself.
        (
            "src/main.js",
            "import { remember, Queue } from './store.js';\nremember(1);\nnew Queue().take({ id: 1 });\n",
        ),
    ])
}

#[test]
fn what_is_named_recurs() {
    assert_eq!(judged(service("").path()).0, Vec::<&str>::new());
    for include in
        ["src/store.js", "store.js", "src/*.js", "src/store.js#remember", "src/store.js#Queue.take"]
    {
        let service = service(&format!("[entry_points]\ninclude = [\"{include}\"]\n"));
        let (kinds, problems) = judged(service.path());
        assert!(kinds.contains(&"unbounded-map"), "{include}: {kinds:?}");
        assert_eq!(problems, Vec::<String>::new(), "{include}");
    }
    let own = service("[entry_points]\ninclude = [\"src/store.js#inner\"]\n");
    assert!(judged(own.path()).0.contains(&"unbounded-map"), "it need not be exported");
    let reads = service("[entry_points]\ninclude = [\"src/store.js#asked\"]\n");
    assert_eq!(judged(reads.path()).0, Vec::<&str>::new(), "it only reads");
}

#[test]
fn what_is_named_and_is_not_there_is_told() {
    let service =
        service("[entry_points]\ninclude = [\"src/jobs/*.js\", \"src/store.js#forget\", \"src/main.js\"]\n");
    let (_, problems) = judged(service.path());
    assert_eq!(
        problems,
        [
            "`src/jobs/*.js` of `entry_points` names no file that was read: mend it or take it out",
            "`src/store.js#forget` of `entry_points` names no function of its file: mend it or take it out",
        ]
    );
}

#[test]
fn a_package_may_have_a_platform_of_its_own() {
    let tree = folder(&[
        ("package.json", r#"{"name":"root","private":true,"workspaces":["services/*"]}"#),
        ("highwater.toml", "platform = \"cli\"\n[packages.\"services/api\"]\nplatform = \"server\"\n"),
        ("services/api/package.json", r#"{"name":"api"}"#),
        ("services/api/src/a.ts", "export const a = 1;\n"),
        ("services/tool/package.json", r#"{"name":"tool"}"#),
        ("services/tool/src/b.ts", "export const b = 1;\n"),
    ]);
    let platforms = |root: &Path| {
        let report =
            Session::open(root, Options::default()).expect("a session").check(&Silent).expect("a report");
        report.packages.iter().map(|p| (p.folder.clone(), p.platform)).collect::<Vec<_>>()
    };
    let all = platforms(tree.path());
    assert_eq!(all, [("services/api".into(), Platform::Server), ("services/tool".into(), Platform::Cli)]);
    write(tree.path(), ".git/HEAD", "");
    assert_eq!(platforms(&tree.path().join("services/api")), [(String::new(), Platform::Server)]);
}
