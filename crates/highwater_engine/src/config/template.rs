//! The `highwater.toml` that `highwater config --init` writes.

/// A configuration with every key commented out and at its default.
pub fn template() -> &'static str {
    r#"# What Highwater should know about this service. Every key is optional.

# Where the code runs: server, isolate, function, browser, cli, library. Default: judged by each package.json.
# platform = "server"

# The exit code is 1 when a finding is at least this severe: low, moderate, critical, off.
# fail_on = "moderate"

# Files to leave out, as globs of .gitignore, relative to this file.
# ignore = ["legacy/", "**/*.gen.ts"]

# Traffic assumed for growth figures; printed in every report.
# [profile]
# name = "production, June"
# requests_per_hour = 36000
# connections_per_hour = 1000
# users_per_hour = 1000

# [limits]
# memory = "512MB"
# max_file_bytes = 5000000

# What is kept from run to run, so that only changed files are read again.
# [cache]
# folder = ".cache/highwater"
# limit = "1GB"

# Files whose exported functions run again and again, beside what Highwater recognises by itself.
# [entry_points]
# include = ["src/jobs/*.ts", "src/worker.ts#handleJob"]

# Where a single package runs, by its folder.
# [packages."services/api"]
# platform = "server"

# Severity by rule: low, moderate, critical, off. `highwater rules` lists the rules.
# [severity]
# "unbounded-map" = "critical"
"#
}
