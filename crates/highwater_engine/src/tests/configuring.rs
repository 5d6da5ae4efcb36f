//! `highwater.toml`: what it sets, and what is said about mistakes in it.

use super::*;
use crate::config::{Config, parse, parse_bytes, parse_platform, parse_severity, schema, template};

fn read(text: &str) -> Result<Config, String> {
    parse(text, "highwater.toml".as_ref(), "/x".as_ref(), &[card()]).map_err(|e| e.to_string())
}

fn mistake(text: &str) -> String {
    read(text).expect_err("a mistake")
}

#[test]
fn everything_can_be_set() {
    let config = read(
        "platform = \"server\"\nfail_on = \"off\"\nignore = [\"old/\", \"*.gen.ts\"]\n[profile]\nname = \"June\"\n\
         requests_per_hour = 5\n[limits]\nmemory = \"1.5 GiB\"\nmax_file_bytes = 9\n[entry_points]\n\
         include = [\"src/jobs/*.ts\"]\n[severity]\n\"unbounded-map\" = \"off\"\n",
    )
    .expect("a configuration");
    assert_eq!(config.platform, Some(Platform::Server));
    assert_eq!((config.profile.name.as_str(), config.profile.requests_per_hour), ("June", 5));
    assert_eq!(config.profile.users_per_hour, 1_000);
    assert_eq!(config.limit.as_ref().map(|l| l.bytes), Some(3 << 29));
    assert_eq!(config.max_file_bytes, 9);
    let include: Vec<&str> = config.entry_points.iter().map(|e| e.text.as_str()).collect();
    assert_eq!(include, ["src/jobs/*.ts"]);
    assert_eq!(config.severity["unbounded-map"], None);
    assert_eq!(config.fail_on, None);
    assert_eq!(read("").expect("nothing is fine").fail_on, Some(Severity::Moderate));
    let ignores = |path: &str| config.ignores("/x".as_ref(), path.as_ref(), false);
    assert!(ignores("old/a.ts") && ignores("deep/x.gen.ts") && !ignores("src/a.ts"));
}

#[test]
fn mistakes_name_their_place_and_a_way_out() {
    assert_eq!(
        mistake("\nplatfrom = \"server\"\n"),
        "highwater.toml:2:1: unknown key `platfrom`\n  help: did you mean `platform`?"
    );
    assert_eq!(
        mistake("[profile]\nname = \"x\"\nrequest_per_hour = 1\n"),
        "highwater.toml:3:1: unknown key `request_per_hour`\n  help: did you mean `requests_per_hour`?"
    );
    assert_eq!(
        mistake("platform = \"sever\"\n"),
        "highwater.toml:1:12: unknown value `sever`\n  help: did you mean `server`?"
    );
    assert_eq!(
        mistake("[severity]\n\"unbounded-mop\" = \"low\"\n"),
        "highwater.toml:2:1: there is no rule `unbounded-mop`\n  help: did you mean `unbounded-map`?"
    );
    assert!(
        mistake("[limits]\nmemory = \"lots\"\n").starts_with("highwater.toml:2:10: `lots` is not an amount")
    );
    assert!(
        mistake("ignore = [\"a/**\", \"[z-a]\"]\n").starts_with("highwater.toml:1:19: `[z-a]` is not a glob")
    );
    assert!(mistake("platform = \n").starts_with("highwater.toml:1:"));
    assert!(mistake("[limits]\nmax_file_bytes = \"x\"\n").starts_with("highwater.toml:2:18: invalid type"));
}

#[test]
fn the_template_is_valid_with_and_without_its_comments() {
    read(template()).expect("the template");
    let uncommented: String = template()
        .lines()
        .map(|line| {
            line.strip_prefix("# ").filter(|l| l.starts_with(['[', '"']) || l.contains(" = ")).unwrap_or("")
        })
        .collect::<Vec<_>>()
        .join("\n");
    let config = read(&uncommented).expect("the template without its marks");
    assert_eq!(config.entry_points.len(), 2);
    assert_eq!(config.packages["services/api"], Platform::Server);
}

#[test]
fn the_schema_knows_every_key() {
    let schema: serde_json::Value = serde_json::from_str(&schema()).expect("JSON");
    let keys: Vec<&String> = schema["properties"].as_object().expect("properties").keys().collect();
    for key in ["platform", "profile", "limits", "entry_points", "severity", "ignore", "fail_on"] {
        assert!(keys.iter().any(|k| *k == key), "{key} is missing in {keys:?}");
    }
    assert_eq!(schema["additionalProperties"], serde_json::Value::Bool(false));
}

#[test]
fn amounts_of_memory() {
    for (text, bytes) in
        [("512MB", 512 << 20), ("2 GiB", 2 << 30), ("1g", 1 << 30), ("4096", 4096), ("1_000k", 1_024_000)]
    {
        assert_eq!(parse_bytes(text), Some(bytes), "{text}");
    }
    for text in ["", "MB", "-1MB", "12 parsecs", "0", "99999999999TB", "1.2.3MB"] {
        assert_eq!(parse_bytes(text), None, "{text}");
    }
}

#[test]
fn words_of_the_command_line() {
    assert_eq!(parse_platform("isolate").ok(), Some(Platform::Isolate));
    assert!(parse_platform("servr").expect_err("no platform").to_string().contains("did you mean `server`?"));
    assert_eq!(parse_severity("off").ok(), Some(None));
    assert!(parse_severity("criticl").expect_err("no severity").to_string().contains("`critical`"));
}

#[test]
fn a_configuration_above_the_root_holds_inside_a_repository() {
    let folder = folder(&[
        (".git/HEAD", ""),
        ("highwater.toml", "ignore = [\"api/old/\"]\n"),
        ("api/old/x.ts", "const old = new Map()\n"),
        ("api/src/x.ts", "const kept = new Map()\n"),
    ]);
    assert_eq!(symbols(&check(&folder.path().join("api"), Options::default())), ["kept"]);
}
