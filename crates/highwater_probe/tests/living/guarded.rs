//! Starts a service under the guard and holds it until it is killed itself.
//!
//! `guarded hold COMMAND...` prints the number of the process that listens and its port, and waits. However it ends,
//! nothing of the service stays. `guarded guard ...` is the guard, as `highwater guard` is in the product.

use highwater_probe::target::{Launch, Ready, Target, guard};
use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    match words.split_first() {
        Some((first, rest)) if first == "guard" => guard::run(rest),
        Some((first, rest)) if first == "hold" => hold(rest),
        _ => ExitCode::from(2),
    }
}

fn hold(command: &[OsString]) -> ExitCode {
    let (Ok(own), Ok(folder)) = (std::env::current_exe(), std::env::current_dir()) else {
        return ExitCode::from(2);
    };
    let launch = Launch {
        command: command.to_vec(),
        folder,
        env: Vec::new(),
        guard: vec![own.into(), "guard".into()],
        ready: Ready { port: None, path: None, log_line: None, timeout: Duration::from_mins(1) },
    };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return ExitCode::from(2);
    };
    runtime.block_on(async {
        match Target::start(&launch).await {
            Ok(target) => {
                say(&format!("{} {}", target.pid().unwrap_or_default(), target.address().port()));
                std::future::pending().await
            }
            Err(error) => {
                say(&error.to_string());
                ExitCode::from(2)
            }
        }
    })
}

#[expect(clippy::print_stdout, reason = "who started it reads this")]
fn say(line: &str) {
    println!("{line}");
}
