//! What one run of a program costs: CPU, wall, and memory, with the memory of mapped files apart. Linux only.

use std::process::Command;

/// Starts the words after it, silent; every few milliseconds asks the kernel how much memory of the child is not a
/// file's; then prints wall, user+sys seconds, peak resident and peak anonymous kilobytes, and the wait status.
const METER: &str = "\
import os, sys, time
null = os.open(os.devnull, os.O_RDWR)
files = [(os.POSIX_SPAWN_DUP2, null, n) for n in (0, 1, 2)]
start = time.monotonic()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=files)
anonymous = 0
while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
    try:
        with open(f'/proc/{pid}/status') as status:
            for line in status:
                if line.startswith('RssAnon:'):
                    anonymous = max(anonymous, int(line.split()[1]))
                    break
    except OSError:
        pass
    time.sleep(0.004)
wall = time.monotonic() - start
_, status, used = os.wait4(pid, 0)
print(wall, used.ru_utime + used.ru_stime, used.ru_maxrss, anonymous, os.waitstatus_to_exitcode(status))
";

/// What one run cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Cost {
    pub(crate) wall_seconds: f64,
    pub(crate) cpu_seconds: f64,
    /// Highest resident set, pages of mapped files included.
    pub(crate) peak_kilobytes: f64,
    /// Highest part of it that is no file's, as sampled.
    pub(crate) anonymous_kilobytes: f64,
}

/// Runs the words once. Fails unless the program ends with one of the codes that mean that it did its work.
pub(crate) fn measure(words: &[String], codes: &[&str]) -> Result<Cost, String> {
    let told = words.join(" ");
    let output = Command::new("python3").args(["-c", METER]).args(words).output();
    let output = output.map_err(|why| format!("python3 measures, and does not start: {why}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let [wall, cpu, peak, anonymous, code] = text.split_whitespace().collect::<Vec<_>>()[..] else {
        return Err(format!("{told}: {}", String::from_utf8_lossy(&output.stderr).trim()));
    };
    if !codes.contains(&code) {
        return Err(format!("{told}: exit code {code}; run it by hand"));
    }
    let number = |word: &str| word.parse::<f64>().map_err(|why| format!("{word}: {why}"));
    Ok(Cost {
        wall_seconds: number(wall)?,
        cpu_seconds: number(cpu)?,
        peak_kilobytes: number(peak)?,
        anonymous_kilobytes: number(anonymous)?,
    })
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split('|').map(str::to_string).collect()
    }

    #[test]
    fn a_child_is_measured_and_a_failing_one_is_told() {
        let code = "import time; a = b'1' * 50000000; time.sleep(0.05)";
        let cost = measure(&words(&format!("python3|-c|{code}")), &["0"]).unwrap();
        assert!(
            cost.anonymous_kilobytes > 45_000.0 && cost.anonymous_kilobytes <= cost.peak_kilobytes,
            "{cost:?}"
        );
        assert!(cost.wall_seconds > 0.05 && cost.cpu_seconds > 0.0, "{cost:?}");
        assert!(measure(&words("sh|-c|exit 3"), &["0", "1"]).unwrap_err().contains("exit code 3"));
        assert!(measure(&words("sh|-c|exit 1"), &["0", "1"]).is_ok());
        assert!(measure(&words("no-such-program"), &["0"]).is_err());
    }
}
