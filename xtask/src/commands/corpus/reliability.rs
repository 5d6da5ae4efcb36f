//! What a confidence promises against what came true, on the cases whose answer is known.

use std::fmt::Write as _;

use serde_json::Value;

use super::sarif::Found;

/// One listed leak or look-alike.
#[derive(Debug)]
pub(super) struct Case {
    repo: String,
    commit: String,
    path: String,
    line: u64,
    symbol: String,
    is_leak: bool,
}

impl Case {
    /// From a row of the case file; `None` for a row outside the dev split, which is not ours to look at.
    pub(super) fn read(row: &Value) -> Option<Self> {
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_string();
        if row["split"].as_str().is_some_and(|split| split != "dev") {
            return None;
        }
        let symbol = text("symbol");
        let symbol = symbol.rsplit('.').next().unwrap_or_default().trim_start_matches('#').to_string();
        Some(Case {
            repo: text("repo"),
            commit: text("commit").chars().take(12).collect(),
            path: text("path"),
            line: row["line"].as_u64().unwrap_or(0),
            symbol,
            is_leak: text("verdict") == "leak",
        })
    }

    /// Where its tree lies under `trees`.
    pub(super) fn tree(&self, trees: &str) -> String {
        format!("{}/{}/{}", trees.trim_end_matches('/'), self.repo.replace('/', "+"), self.commit)
    }

    /// Whether a finding speaks about this case; the same question as in the scoring script.
    fn is_named_by(&self, found: &Found) -> bool {
        let Some((main_path, main_line)) = found.places.first() else { return false };
        let symbol_hit = found.names.contains(&self.symbol);
        let main_here = *main_path == self.path;
        if self.is_leak {
            let touches = found.places.iter().any(|(path, _)| *path == self.path);
            touches && (symbol_hit || (main_here && main_line.abs_diff(self.line) <= 3))
        } else {
            main_here && (symbol_hit || *main_line == self.line)
        }
    }
}

/// The trees that hold cases, each once, in order.
pub(super) fn trees(folder: &str, cases: &[Case]) -> Vec<String> {
    let mut trees: Vec<String> = cases.iter().map(|case| case.tree(folder)).collect();
    trees.sort();
    trees.dedup();
    trees
}

/// Confidence and truth of every finding that names a case of its tree. One that names both a leak and a
/// look-alike is real: it led its reader to the leak.
pub(super) fn judge(found: &[Found], cases: &[&Case]) -> Vec<(f64, bool)> {
    let verdict = |one: &Found| {
        let named: Vec<bool> = cases.iter().filter(|c| c.is_named_by(one)).map(|c| c.is_leak).collect();
        (!named.is_empty()).then(|| (one.confidence, named.contains(&true)))
    };
    found.iter().filter_map(verdict).collect()
}

/// Lower ends of the buckets, in per cent.
const BUCKETS: &[u8] = &[0, 50, 60, 70, 80, 90];

/// The page: a row for each bucket of confidence.
pub(super) fn table(judged: &[(f64, bool)]) -> String {
    let mut out = String::from(
        "# Reliability\n\nMade by `cargo xtask corpus`. Of the findings that name a listed case: how many are real, \
         against what their confidence promised.\nFindings that name no listed case are judged by nobody and are \
         not in here.\n\n| confidence | findings | real | promised | came true |\n| --- | --- | --- | --- | --- |\n",
    );
    for (index, &low) in BUCKETS.iter().enumerate() {
        let high = BUCKETS.get(index + 1).copied().unwrap_or(101);
        // Rounded, because 0.9 through a file may come back a hair below.
        let percent = |confidence: f64| (confidence * 100.0).round();
        let inside = |c: f64| percent(c) >= f64::from(low) && percent(c) < f64::from(high);
        let bucket: Vec<&(f64, bool)> = judged.iter().filter(|(confidence, _)| inside(*confidence)).collect();
        let real = bucket.iter().filter(|(_, is_real)| *is_real).count();
        let share = |sum: f64| if bucket.is_empty() { "-".into() } else { percent_text(sum, bucket.len()) };
        let promised = share(bucket.iter().map(|(confidence, _)| confidence).sum());
        let came_true = share(real as f64);
        let _ = writeln!(
            out,
            "| {low} to {} % | {} | {real} | {promised} | {came_true} |",
            high.min(101) - 1,
            bucket.len()
        );
    }
    out
}

fn percent_text(sum: f64, count: usize) -> String {
    format!("{:.0} %", sum * 100.0 / count as f64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn case(verdict: &str) -> Case {
        let row = json!({ "split": "dev", "repo": "o/n", "commit": "0123456789abcdef", "path": "src/a.ts",
            "line": 10, "symbol": "Pool.#seen", "verdict": verdict });
        Case::read(&row).unwrap()
    }

    fn found(confidence: f64, line: u64, name: &str) -> Found {
        Found { confidence, places: vec![("src/a.ts".into(), line)], names: vec![name.into()] }
    }

    #[test]
    fn a_case_knows_its_tree_and_other_splits_stay_shut() {
        assert_eq!(case("leak").tree("/t/"), "/t/o+n/0123456789ab");
        assert!(Case::read(&json!({ "split": "held-out" })).is_none());
    }

    #[test]
    fn a_leak_is_named_by_symbol_or_nearness_a_look_alike_by_symbol_or_line() {
        let (leak, safe) = (case("leak"), case("safe"));
        assert_eq!(
            judge(&[found(0.9, 99, "seen"), found(0.5, 12, "x")], &[&leak]),
            [(0.9, true), (0.5, true)]
        );
        assert_eq!(judge(&[found(0.9, 99, "seen"), found(0.5, 12, "x")], &[&safe]), [(0.9, false)]);
        assert_eq!(judge(&[found(0.9, 99, "x")], &[&leak, &safe]), []);
        assert_eq!(judge(&[found(0.9, 10, "seen")], &[&leak, &safe]), [(0.9, true)]);
    }

    #[test]
    fn buckets_hold_promise_and_truth() {
        let text = table(&[(0.9, true), (1.0, true), (0.95, false), (0.55, false)]);
        assert!(text.contains("| 90 to 100 % | 3 | 2 | 95 % | 67 % |"), "{text}");
        assert!(text.contains("| 50 to 59 % | 1 | 0 | 55 % | 0 % |"), "{text}");
        assert!(text.contains("| 60 to 69 % | 0 | 0 | - | - |"), "{text}");
    }
}
