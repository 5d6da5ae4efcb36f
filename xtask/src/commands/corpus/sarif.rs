//! Reads findings from SARIF exactly as the scoring script does, so that both tables speak of the same findings.

use serde_json::Value;

/// One finding: confidence, the main place first, the words that name its subject.
#[derive(Debug, PartialEq)]
pub(super) struct Found {
    /// 0.0 to 1.0.
    pub(super) confidence: f64,
    /// File and line of the main and every related place.
    pub(super) places: Vec<(String, u64)>,
    /// Words of the logical locations, without a leading `#`.
    pub(super) names: Vec<String>,
}

/// Name of the file that the scoring script writes for a tree: its path with `_` for `/`, the last 150 characters.
pub(super) fn file_name(tree: &str) -> String {
    let flat: Vec<char> = tree.trim_matches('/').replace('/', "_").chars().collect();
    let tail: String = flat[flat.len().saturating_sub(150)..].iter().collect();
    tail + ".sarif"
}

/// The findings of a log. Assurances (`kind: pass`) and notes are none.
pub(super) fn findings(log: &Value, tree: &str) -> Vec<Found> {
    let results = list(&log["runs"]).iter().flat_map(|run| list(&run["results"]));
    results.filter(|result| counts(result)).map(|result| found(result, tree)).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn counts(result: &Value) -> bool {
    let level = result["level"].as_str().unwrap_or("warning");
    result["kind"].as_str().unwrap_or("fail") == "fail" && !["none", "note"].contains(&level)
}

fn found(result: &Value, tree: &str) -> Found {
    let stated = result["properties"]["confidence"].as_f64();
    let ranked = || result["rank"].as_f64().map(|rank| rank / 100.0);
    let main = list(&result["locations"]);
    let names = main.iter().flat_map(|location| list(&location["logicalLocations"]));
    Found {
        confidence: stated.or_else(ranked).unwrap_or(1.0),
        places: main.iter().chain(list(&result["relatedLocations"])).map(|at| place(at, tree)).collect(),
        names: names
            .flat_map(|name| [&name["fullyQualifiedName"], &name["name"]])
            .flat_map(|name| words(name.as_str().unwrap_or_default()))
            .collect(),
    }
}

fn place(location: &Value, tree: &str) -> (String, u64) {
    let physical = &location["physicalLocation"];
    let uri = physical["artifactLocation"]["uri"].as_str().unwrap_or_default();
    let path = uri.strip_prefix("file://").unwrap_or(uri);
    let path = path.strip_prefix(tree).unwrap_or(path).trim_start_matches('/');
    let path = path.strip_prefix("./").unwrap_or(path);
    (path.to_string(), physical["region"]["startLine"].as_u64().unwrap_or(0))
}

/// The identifiers in a text, each without its `#`.
fn words(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
    let starts_well = |word: &&str| word.starts_with(|c: char| !c.is_ascii_digit());
    parts.filter(starts_well).map(str::to_string).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn results_become_findings() {
        let place = |uri: &str, line: u64| json!({ "artifactLocation": { "uri": uri }, "region": { "startLine": line } });
        let logical = json!([{ "fullyQualifiedName": "Pool.#sessions[*]", "name": "sessions" }]);
        let leak = json!({
            "properties": { "confidence": 0.8 },
            "locations": [{ "physicalLocation": place("/t/src/a.ts", 3), "logicalLocations": logical }],
            "relatedLocations": [{ "physicalLocation": place("./src/b.ts", 9) }],
        });
        let log = json!({ "runs": [{ "results": [
            leak, { "kind": "pass" }, { "level": "note" }, { "rank": 70.0 },
        ] }] });
        let found = findings(&log, "/t");
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].places, [("src/a.ts".to_string(), 3), ("src/b.ts".to_string(), 9)]);
        assert_eq!(found[0].names, ["Pool", "sessions", "sessions"]);
        assert!((found[1].confidence - 0.7).abs() < 1e-9);
    }

    #[test]
    fn file_names_are_those_of_the_script() {
        assert_eq!(file_name("/t/a+b/0123456789ab"), "t_a+b_0123456789ab.sarif");
        assert_eq!(file_name(&"x".repeat(200)).len(), 156);
    }
}
