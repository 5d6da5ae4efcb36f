//! Rows of a file for templates: CSV (RFC 4180, the first line names the columns) or one JSON object a line.

use super::generator::Rows;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Rows of a CSV text. An error says what is wrong and where.
pub(super) fn csv(text: &str, in_order: bool) -> Result<Rows, String> {
    let mut records = records(text.trim_start_matches('\u{feff}'))?.into_iter();
    let names = records.next().map(|(_, names)| names).unwrap_or_default();
    let mut columns = vec![Vec::new(); names.len()];
    for (line, record) in records {
        if record.len() != names.len() {
            return Err(format!("line {line} has {} fields, the first line {}", record.len(), names.len()));
        }
        for (column, value) in columns.iter_mut().zip(record) {
            column.push(value);
        }
    }
    whole(names, columns, in_order)
}

/// Rows of a text with one JSON object a line.
pub(super) fn ndjson(text: &str, in_order: bool) -> Result<Rows, String> {
    let mut names: Vec<String> = Vec::new();
    let mut columns: Vec<Vec<String>> = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let object: Map<String, Value> =
            serde_json::from_str(line).map_err(|e| format!("line {}: {e}", number + 1))?;
        if names.is_empty() {
            names = object.keys().cloned().collect();
            columns = vec![Vec::new(); names.len()];
        }
        for (name, column) in names.iter().zip(&mut columns) {
            column.push(match object.get(name) {
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => return Err(format!("line {} has no `{name}`, the first line has", number + 1)),
            });
        }
    }
    whole(names, columns, in_order)
}

fn whole(names: Vec<String>, columns: Vec<Vec<String>>, in_order: bool) -> Result<Rows, String> {
    if columns.first().is_none_or(Vec::is_empty) {
        return Err("there are no rows".to_owned());
    }
    Ok(Rows { names, columns: columns.into_iter().map(Arc::from).collect(), in_order })
}

/// Records with the line that each begins on. Empty lines are passed over.
fn records(text: &str) -> Result<Vec<(usize, Vec<String>)>, String> {
    let mut out = Vec::new();
    let (mut record, mut field) = (Vec::new(), String::new());
    let (mut line, mut begun) = (1, 1);
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        line += usize::from(c == '\n');
        match c {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\r' if !quoted && letters.peek() == Some(&'\n') => {}
            '\n' if !quoted => {
                record.push(std::mem::take(&mut field));
                let whole = std::mem::take(&mut record);
                if whole != [""] {
                    out.push((begun, whole));
                }
                begun = line;
            }
            _ => field.push(c),
        }
    }
    if quoted {
        return Err(format!("the record that begins on line {begun} has a quotation mark that does not end"));
    }
    if !field.is_empty() || !record.is_empty() {
        record.push(field);
        out.push((begun, record));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(rows: &Rows) -> Vec<(&str, Vec<&str>)> {
        rows.names
            .iter()
            .zip(&rows.columns)
            .map(|(name, column)| (name.as_str(), column.iter().map(String::as_str).collect()))
            .collect()
    }

    #[test]
    fn csv_with_quotes_and_line_ends_of_all_kinds() {
        let rows = csv("name,note\r\nAnn,\"a, \"\"b\"\"\nc\"\r\n\nBob,\nCid,x", true).unwrap();
        assert_eq!(
            columns(&rows),
            [("name", vec!["Ann", "Bob", "Cid"]), ("note", vec!["a, \"b\"\nc", "", "x"])]
        );
    }

    #[test]
    fn json_lines_keep_the_columns_of_the_first() {
        let rows =
            ndjson("{\"id\": 7, \"name\": \"Ann\"}\n\n{\"name\": \"Bob\", \"id\": 8, \"x\": 1}\n", true)
                .unwrap();
        assert_eq!(columns(&rows), [("id", vec!["7", "8"]), ("name", vec!["Ann", "Bob"])]);
    }

    #[test]
    fn broken_rows_are_told_with_their_line() {
        assert_eq!(csv("a,b\n1,2\n3\n", true).unwrap_err(), "line 3 has 1 fields, the first line 2");
        assert_eq!(csv("a,b\n", true).unwrap_err(), "there are no rows");
        assert_eq!(csv("", true).unwrap_err(), "there are no rows");
        assert_eq!(
            csv("a\n\"x\n", true).unwrap_err(),
            "the record that begins on line 2 has a quotation mark that does not end"
        );
        assert_eq!(ndjson("{\"a\":1}\n{}\n", true).unwrap_err(), "line 2 has no `a`, the first line has");
        assert!(ndjson("x", true).unwrap_err().starts_with("line 1: expected value"));
    }
}
