//! `cargo xtask bench`: CPU and peak memory of `highwater scan` against a floor, and against oxlint if it is there.
//!
//! The floor is `crates/highwater_program/examples/floor.rs`, built here: walk, read, parse, scope analysis, one
//! pass of extraction, import resolution. No checker of a whole code base can do less with this parser.
//!
//! Each program is started by a small python3 that waits with `wait4` and reports what the kernel counted for
//! that child: user and system time to the microsecond and the highest resident set. It needs no crate and no
//! package beyond what the scoring script needs. Peaks below python's own (about a dozen MB) read as that. Linux only.
//! Programs take turns, so that a busy machine is unfair to all of them alike; medians are shown.

use std::path::Path;
use std::process::Command;

use crate::args::Args;
use crate::commands::corpus::{binary, target};
use crate::tree::root;

pub(crate) const FLAGS: &[&str] = &["trees", "rounds", "floor", "binary"];

/// Starts the words after it, silent, and prints user+sys seconds, peak kilobytes and the wait status.
const METER: &str = "\
import os, sys
null = os.open(os.devnull, os.O_RDWR)
files = [(os.POSIX_SPAWN_DUP2, null, n) for n in (0, 1, 2)]
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=files)
_, status, used = os.wait4(pid, 0)
print(used.ru_utime + used.ru_stime, used.ru_maxrss, os.waitstatus_to_exitcode(status))
";

/// What one run cost.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cost {
    cpu_seconds: f64,
    peak_kilobytes: f64,
}

/// A program under measurement; `{tree}` in its words stands for the folder.
struct Contender {
    name: &'static str,
    words: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<(), String> {
    let trees = args.all("trees");
    if trees.is_empty() {
        return Err("`--trees DIR...` is missing: which folders?".into());
    }
    let rounds = args.number("rounds", 5)?.max(1);
    let contenders = contenders(args)?;
    println!("medians of {rounds} rounds; CPU is user + sys; ratios are to the floor\n");
    println!("| tree | program | CPU s | ratio | peak MB | ratio |\n| --- | --- | --- | --- | --- | --- |");
    for tree in trees {
        let costs = measure_in_turns(&contenders, tree, rounds)?;
        for row in rows(tree, &contenders, &costs) {
            println!("{row}");
        }
    }
    Ok(())
}

fn contenders(args: &Args) -> Result<Vec<Contender>, String> {
    let split = |line: &str| line.split_whitespace().map(str::to_string).collect();
    let floor = match args.one("floor")? {
        Some(line) => split(line),
        None => vec![build_floor()?, "{tree}".into()],
    };
    let scan = vec![
        binary(args)?.display().to_string(),
        "scan".into(),
        "{tree}".into(),
        "--format".into(),
        "sarif".into(),
        "--no-cache".into(),
    ];
    let mut out =
        vec![Contender { name: "floor", words: floor }, Contender { name: "highwater", words: scan }];
    if Command::new("oxlint").arg("--version").output().is_ok_and(|o| o.status.success()) {
        out.push(Contender { name: "oxlint", words: split("oxlint --import-plugin {tree}") });
    }
    Ok(out)
}

/// Builds the floor as the release is built, and says where it is.
fn build_floor() -> Result<String, String> {
    let status = Command::new("cargo")
        .args(["build", "--quiet", "--release", "-p", "highwater_program", "--example", "floor"])
        .current_dir(root())
        .status()
        .map_err(|why| format!("cargo builds the floor, and does not start: {why}"))?;
    if !status.success() {
        return Err("the floor does not build".into());
    }
    Ok(target().join("release/examples/floor").display().to_string())
}

/// Costs of each contender, in the order of the contenders. A first round that fills the file cache is dropped.
fn measure_in_turns(contenders: &[Contender], tree: &str, rounds: usize) -> Result<Vec<Vec<Cost>>, String> {
    let mut costs = vec![Vec::new(); contenders.len()];
    for round in 0..=rounds {
        for (contender, costs) in contenders.iter().zip(&mut costs) {
            let cost = measure(contender, tree)?;
            if round > 0 {
                costs.push(cost);
            }
        }
    }
    Ok(costs)
}

fn measure(contender: &Contender, tree: &str) -> Result<Cost, String> {
    let words = contender.words.iter().map(|word| word.replace("{tree}", tree));
    let output = Command::new("python3").args(["-c", METER]).args(words).output();
    let output = output.map_err(|why| format!("python3 measures, and does not start: {why}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let [cpu, peak, code] = text.split_whitespace().collect::<Vec<_>>()[..] else {
        return Err(format!("{}: {}", contender.name, String::from_utf8_lossy(&output.stderr).trim()));
    };
    // 1 means findings; anything else is a program that did not do its work.
    if !["0", "1"].contains(&code) {
        return Err(format!("{} on {tree}: exit code {code}; run it by hand", contender.name));
    }
    let number = |word: &str| word.parse::<f64>().map_err(|why| format!("{word}: {why}"));
    Ok(Cost { cpu_seconds: number(cpu)?, peak_kilobytes: number(peak)? })
}

fn rows(tree: &str, contenders: &[Contender], costs: &[Vec<Cost>]) -> Vec<String> {
    let median_of = |costs: &[Cost], pick: fn(&Cost) -> f64| median(costs.iter().map(pick).collect());
    let both =
        |costs: &Vec<Cost>| (median_of(costs, |c| c.cpu_seconds), median_of(costs, |c| c.peak_kilobytes));
    let (floor_cpu, floor_peak) = costs.first().map(both).unwrap_or_default();
    let name = Path::new(tree).file_name().map_or(tree.into(), |name| name.to_string_lossy());
    let line = |(contender, costs): (&Contender, &Vec<Cost>)| {
        let (cpu, peak) = both(costs);
        format!(
            "| {name} | {} | {cpu:.3} | {:.2}x | {:.0} | {:.2}x |",
            contender.name,
            cpu / floor_cpu,
            peak / 1024.0,
            peak / floor_peak
        )
    };
    contenders.iter().zip(costs).map(line).collect()
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        count if count % 2 == 1 => values[count / 2],
        count => f64::midpoint(values[count / 2 - 1], values[count / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_ratios() {
        assert_eq!((median(vec![3.0, 1.0, 2.0]), median(vec![4.0, 2.0]), median(vec![])), (2.0, 3.0, 0.0));
        let contender = |name| Contender { name, words: vec![] };
        let cost = |cpu_seconds, peak_kilobytes| vec![Cost { cpu_seconds, peak_kilobytes }];
        let costs = [cost(0.5, 10240.0), cost(0.6, 20480.0)];
        let rows = rows("a/hono", &[contender("floor"), contender("highwater")], &costs);
        assert_eq!(rows[1], "| hono | highwater | 0.600 | 1.20x | 20 | 2.00x |");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_child_is_measured_and_a_failing_one_is_told() {
        let contender =
            |line: &str| Contender { name: "it", words: line.split(' ').map(str::to_string).collect() };
        let cost = measure(&contender("python3 -c sum(range(1000000)) {tree}"), "x").unwrap();
        assert!(cost.cpu_seconds > 0.0 && cost.peak_kilobytes > 1000.0, "{cost:?}");
        assert!(measure(&contender("sh -c exit"), "x").is_ok());
        assert!(measure(&contender("cat {tree}"), "no-such-file").is_ok());
        assert!(measure(&contender("ls {tree}"), "no-such-file").unwrap_err().contains("exit code 2"));
        assert!(measure(&contender("no-such-program"), "x").is_err());
    }
}
