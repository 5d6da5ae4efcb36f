//! The `generators` of a scenario file, with the files that they name.

use super::error::ScenarioError;
use super::generator::{Generator, Generators, Rows, TimeForm};
use super::keys::GENERATOR;
use super::rows;
use super::table::{Fields, Reader, below};
use std::path::Path;
use std::sync::Arc;

/// A file of rows larger than this is no list of keys.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// Reads the generators of a file.
pub(super) fn read(reader: &Reader<'_>, fields: &Fields<'_>) -> Result<Generators, ScenarioError> {
    let mut out = Generators::default();
    for (name, value) in fields.named("generators") {
        let at = below("generators", name);
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if name == "n" || !begins || !name.chars().all(is_name) {
            let message = format!("`{name}` cannot be the name of a generator");
            let help = "letters, digits, `_` and `-`, beginning with a letter; `n` is the request's number";
            return Err(reader.problem(&at, message, help.to_owned()));
        }
        let fields = reader.fields(&at, &GENERATOR, value)?;
        out.insert(name.clone(), generator(reader, &at, &fields)?);
    }
    Ok(out)
}

fn generator(reader: &Reader<'_>, at: &str, fields: &Fields<'_>) -> Result<Generator, ScenarioError> {
    let kind = fields.text("kind").unwrap_or_default();
    let own: &[&str] = match kind {
        "counter" => &["start", "step"],
        "integer" => &["least", "most"],
        "choice" => &["of", "order"],
        "rows" => &["file", "order"],
        "time" => &["form"],
        _ => &[],
    };
    if let Some(other) = fields.names().find(|name| *name != "kind" && !own.contains(name)) {
        let known =
            if own.is_empty() { "has no other keys".to_owned() } else { format!("has {}", own.join(", ")) };
        let message = format!("a generator of kind `{kind}` has no `{other}`");
        return Err(reader.problem(at, message, format!("beside `kind` it {known}")));
    }
    let missing = |key: &str| {
        Err(reader.problem(at, format!("`{key}` is missing"), format!("kind `{kind}` cannot do without it")))
    };
    let in_order = fields.text("order") != Some("random");
    Ok(match kind {
        "counter" => Generator::Counter {
            start: fields.whole("start").unwrap_or(0),
            step: fields.whole("step").unwrap_or(1),
        },
        "integer" => {
            let (least, most) = (fields.whole("least").unwrap_or(0), fields.whole("most").unwrap_or(999_999));
            if least > most {
                let help = "`least` is at most `most`; without it `most` is 999999";
                return Err(reader.problem(at, format!("{least} is more than {most}"), help.to_owned()));
            }
            Generator::Integer { least, most }
        }
        "choice" => match fields.list("of") {
            [] => return missing("of"),
            of => {
                let of = of.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect();
                Generator::Choice { of, in_order }
            }
        },
        "rows" => match fields.text("file") {
            None => return missing("file"),
            Some(file) => Generator::Rows(Arc::new(rows_of(reader, &below(at, "file"), file, in_order)?)),
        },
        "time" => Generator::Time(match fields.text("form") {
            Some("unix") => TimeForm::Unix,
            Some("unix_ms") => TimeForm::UnixMs,
            _ => TimeForm::Iso,
        }),
        _ => Generator::Uuid,
    })
}

fn rows_of(reader: &Reader<'_>, at: &str, file: &str, in_order: bool) -> Result<Rows, ScenarioError> {
    let path = Path::new(reader.file).parent().unwrap_or(Path::new("")).join(file);
    let told = |message: String, help: &str| reader.problem(at, message, help.to_owned());
    let cannot = |e: std::io::Error| {
        told(format!("cannot read `{}`: {e}", path.display()), "the path is relative to the scenario file")
    };
    let length = std::fs::metadata(&path).map_err(cannot)?.len();
    if length > FILE_BYTES_MAX {
        let message = format!("`{}` has {length} bytes", path.display());
        return Err(told(message, "64 MiB at most; some thousand rows are enough to fill any cache"));
    }
    let text = std::fs::read_to_string(&path).map_err(cannot)?;
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_lowercase();
    let json = matches!(ending.as_str(), "ndjson" | "jsonl" | "json");
    let rows = if json { rows::ndjson(&text, in_order) } else { rows::csv(&text, in_order) };
    rows.map_err(|message| {
        let help = "CSV whose first line names the columns, or one JSON object a line (.ndjson, .jsonl)";
        told(format!("`{}`: {message}", path.display()), help)
    })
}
