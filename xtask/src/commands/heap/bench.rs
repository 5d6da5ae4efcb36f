//! `cargo xtask bench heap`: CPU, wall and memory of opening a snapshot, beside other tools and a floor.
//!
//! The floor (`crates/highwater_heap/examples/heap_floor.rs`) reads every byte and sums every integer. Programs take
//! turns, so that a busy machine is unfair to all of them alike. Figures are medians; ratios are medians of the ratios
//! within each turn.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::meter::{Cost, measure};
use super::peers::{self, Peer};
use super::snapshots;
use super::tools::Work;
use crate::args::Args;
use crate::commands::bench::median;

pub(crate) const FLAGS: &[&str] =
    &["work", "rounds", "files", "snapshots", "only", "heap-snapshot", "binary", "command"];

pub(crate) fn run(args: &Args) -> Result<(), String> {
    let work = Work::open(args)?;
    let rounds = args.number("rounds", 5)?.max(1);
    let peers = peers::all(&work, args)?;
    let given: Vec<PathBuf> = args.all("snapshots").into_iter().map(PathBuf::from).collect();
    let files = match (given.is_empty(), args.all("files")) {
        (false, _) => given,
        (true, names) if names.is_empty() => snapshots::to_measure(&work, &["service", "medium", "large"])?,
        (true, names) => snapshots::to_measure(&work, &names)?,
    };
    println!("medians of {rounds} rounds; CPU is user + sys; anonymous is memory that is no file's\n");
    println!(
        "| file | program | wall s | CPU s | of floor | of highwater | peak MB | anonymous MB | of file |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for file in &files {
        let costs = measure_in_turns(&peers, file, rounds)?;
        for row in rows(file, bytes(file)?, &peers, &costs) {
            println!("{row}");
        }
    }
    Ok(())
}

fn bytes(file: &Path) -> Result<u64, String> {
    file.metadata().map(|data| data.len()).map_err(|why| format!("{}: {why}", file.display()))
}

/// Costs of each program, in the order of the programs. The file is read once before, so that it lies in memory; a
/// program that fails has no costs from there on.
fn measure_in_turns(peers: &[Peer], file: &Path, rounds: usize) -> Result<Vec<Vec<Cost>>, String> {
    let mut opened = File::open(file).map_err(|why| format!("{}: {why}", file.display()))?;
    std::io::copy(&mut opened, &mut std::io::sink()).map_err(|why| format!("{}: {why}", file.display()))?;
    let mut costs = vec![Vec::new(); peers.len()];
    let mut failed = vec![false; peers.len()];
    for _ in 0..rounds {
        for (at, peer) in peers.iter().enumerate().filter(|(at, _)| !failed[*at]).collect::<Vec<_>>() {
            match measure(&peer.words(file), peer.codes()) {
                Ok(cost) => costs[at].push(cost),
                Err(why) => {
                    eprintln!("{why}");
                    failed[at] = true;
                    costs[at].clear();
                }
            }
        }
    }
    Ok(costs)
}

fn rows(file: &Path, bytes: u64, peers: &[Peer], costs: &[Vec<Cost>]) -> Vec<String> {
    let of = |name: &str| peers.iter().position(|peer| peer.name == name).map(|at| &costs[at][..]);
    let (floor, ours) = (of("floor").unwrap_or_default(), of("highwater").unwrap_or_default());
    let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let line = |(peer, costs): (&Peer, &Vec<Cost>)| {
        if costs.is_empty() {
            return format!("| {name} | {} | fails | | | | | | |", peer.name);
        }
        let middle = |pick: fn(&Cost) -> f64| median(costs.iter().map(pick).collect());
        let against = |other: &[Cost]| {
            let ratios: Vec<f64> =
                costs.iter().zip(other).map(|(cost, other)| cost.cpu_seconds / other.cpu_seconds).collect();
            if ratios.is_empty() { "-".into() } else { format!("{:.2}x", median(ratios)) }
        };
        let anonymous = middle(|cost| cost.anonymous_kilobytes);
        format!(
            "| {name} | {} | {:.2} | {:.2} | {} | {} | {:.0} | {:.0} | {:.2}x |",
            peer.name,
            middle(|cost| cost.wall_seconds),
            middle(|cost| cost.cpu_seconds),
            against(floor),
            against(ours),
            middle(|cost| cost.peak_kilobytes) / 1024.0,
            anonymous / 1024.0,
            anonymous * 1024.0 / bytes as f64
        )
    };
    peers.iter().zip(costs).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_taken_within_a_turn() {
        let cost = |cpu_seconds| Cost {
            wall_seconds: 1.0,
            cpu_seconds,
            peak_kilobytes: 2048.0,
            anonymous_kilobytes: 1024.0,
        };
        let peers = ["floor", "highwater", "memlab"].map(Peer::named);
        let costs = [vec![cost(1.0), cost(2.0), cost(4.0)], vec![cost(3.0), cost(6.0), cost(8.0)], vec![]];
        let rows = rows(Path::new("a/b.heapsnapshot"), 2 << 20, &peers, &costs);
        assert_eq!(rows[1], "| b.heapsnapshot | highwater | 1.00 | 6.00 | 3.00x | 1.00x | 2 | 1 | 0.50x |");
        assert_eq!(rows[2], "| b.heapsnapshot | memlab | fails | | | | | | |");
    }
}
