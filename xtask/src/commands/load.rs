//! `cargo xtask bench load`: CPU of the load generator for each request, beside oha and autocannon on one server.
//!
//! The server is Bun's, answering five bytes, on loopback. Programs take turns, so that a busy machine is unfair to all
//! of them alike; figures are medians, ratios are medians of the ratios within each turn. Ours goes round 500 keys and
//! counts by route; the others send one path. oha comes from crates.io and takes minutes to build the first time.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::heap::meter::{Cost, measure};
use super::heap::tools::{Work, run as run_to_end, write};
use crate::args::Args;
use crate::commands::bench::median;
use crate::commands::corpus::binary;

pub(crate) const FLAGS: &[&str] = &["work", "rounds", "requests", "connections", "only", "binary"];

const OHA: &str = "1.16.0";
const AUTOCANNON: &str = "9.0.0";

/// Answers every request with five bytes.
const SERVER: &str = "Bun.serve({ hostname: '127.0.0.1', port: Number(process.env.PORT), \
                      fetch: () => new Response('hello') });\n";

/// A generator under measurement.
struct Peer {
    name: &'static str,
    words: Vec<String>,
}

/// The server, which ends with the measurement.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn run(args: &Args) -> Result<(), String> {
    let work = Work::open(args)?;
    let rounds = args.number("rounds", 5)?.max(1);
    let requests = args.number("requests", 200_000)?.max(1);
    let connections = args.number("connections", 50)?.max(1);
    let (server, port) = serve(&work)?;
    let peers = peers(&work, args, port, requests, connections)?;
    println!(
        "{requests} requests on {connections} connections; medians of {rounds} rounds; CPU is user + sys\n"
    );
    println!(
        "| program | CPU us/request | of highwater | requests/s | peak MB |\n| --- | --- | --- | --- | --- |"
    );
    let mut costs = vec![Vec::new(); peers.len()];
    for _ in 0..rounds {
        for (peer, costs) in peers.iter().zip(&mut costs) {
            costs.push(measure(&peer.words, &["0"])?);
        }
    }
    drop(server);
    for row in rows(&peers, &costs, requests as f64) {
        println!("{row}");
    }
    Ok(())
}

fn serve(work: &Work) -> Result<(Server, u16), String> {
    let script = work.folder("load-server")?.join("server.js");
    write(&script, SERVER)?;
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = free.map_err(|why| format!("no free port: {why}"))?.port();
    let server = Command::new(work.bun()?)
        .arg(&script)
        .env("PORT", port.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|why| format!("the server does not start: {why}"))?;
    let server = Server(server);
    for _ in 0..200 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok((server, port));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err("the server does not listen".into())
}

fn peers(
    work: &Work,
    args: &Args,
    port: u16,
    requests: usize,
    connections: usize,
) -> Result<Vec<Peer>, String> {
    let only = args.all("only");
    let wanted = |name: &str| only.is_empty() || only.contains(&name);
    let split = |line: String| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let url = format!("http://127.0.0.1:{port}/p/");
    let program = binary(args)?.display().to_string();
    let ours = format!("load {url}{{n}} -n {requests} -c {connections} --keys 500 --format json");
    let mut out = vec![Peer { name: "highwater", words: [vec![program], split(ours)].concat() }];
    if wanted("oha") {
        let program = oha(work)?.display().to_string();
        let words = split(format!("-n {requests} -c {connections} --no-tui {url}1"));
        out.push(Peer { name: "oha", words: [vec![program], words].concat() });
    }
    if wanted("autocannon") {
        let modules = work.npm("autocannon", &[format!("autocannon@{AUTOCANNON}")], false)?;
        let program = modules.join(".bin/autocannon").display().to_string();
        let words = split(format!("-a {requests} -c {connections} --no-progress {url}1"));
        out.push(Peer { name: "autocannon", words: [vec![program], words].concat() });
    }
    Ok(out)
}

/// oha, built into the work folder unless it is there.
fn oha(work: &Work) -> Result<PathBuf, String> {
    let at = work.folder("oha")?;
    let program = at.join("bin/oha");
    if !program.exists() {
        eprintln!("cargo: oha {OHA}");
        let mut cargo = Command::new("cargo");
        cargo.args(["install", "oha", "--locked", "--version", OHA, "--root"]).arg(&at);
        run_to_end(cargo.env("CARGO_TARGET_DIR", work.cargo_target()))?;
    }
    Ok(program)
}

fn rows(peers: &[Peer], costs: &[Vec<Cost>], requests: f64) -> Vec<String> {
    let ours = costs.first().map(Vec::as_slice).unwrap_or_default();
    let row = |(peer, costs): (&Peer, &Vec<Cost>)| {
        let middle = |pick: fn(&Cost) -> f64| median(costs.iter().map(pick).collect());
        let ratios = costs.iter().zip(ours).map(|(cost, ours)| cost.cpu_seconds / ours.cpu_seconds);
        format!(
            "| {} | {:.2} | {:.2}x | {:.0} | {:.0} |",
            peer.name,
            middle(|cost| cost.cpu_seconds) / requests * 1e6,
            median(ratios.collect()),
            requests / middle(|cost| cost.wall_seconds),
            middle(|cost| cost.peak_kilobytes) / 1024.0,
        )
    };
    peers.iter().zip(costs).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_taken_within_a_turn() {
        let cost = |cpu_seconds| Cost {
            wall_seconds: 2.0,
            cpu_seconds,
            peak_kilobytes: 3072.0,
            anonymous_kilobytes: 1024.0,
        };
        let peers = ["highwater", "oha"].map(|name| Peer { name, words: Vec::new() });
        let costs = [vec![cost(1.0), cost(2.0), cost(4.0)], vec![cost(3.0), cost(6.0), cost(8.0)]];
        let rows = rows(&peers, &costs, 500_000.0);
        assert_eq!(rows[0], "| highwater | 4.00 | 1.00x | 250000 | 3 |");
        assert_eq!(rows[1], "| oha | 12.00 | 3.00x | 250000 | 3 |");
    }
}
