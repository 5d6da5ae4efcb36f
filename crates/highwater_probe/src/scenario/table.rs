//! Tables of a scenario file: which keys there are, what each may hold, and a reader that holds a file to it.
//!
//! One description serves the reader, its messages and the schema.

use super::error::{ScenarioError, help};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A table of the file.
pub(super) struct Table {
    /// What it describes.
    pub about: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
}

/// A key of a table.
pub(super) struct Key {
    /// In words joined by `_`; the same words joined by capitals are understood too.
    pub name: &'static str,
    /// What may stand there.
    pub shape: Shape,
    /// What it means, with its unit and what holds without it.
    pub about: &'static str,
    /// Whether the table makes no sense without it.
    pub required: bool,
}

/// What may stand at a key.
pub(super) enum Shape {
    /// Text.
    Text,
    /// Text, or an object or a list that is sent as JSON.
    TextOrJson,
    /// `true` or `false`.
    Flag,
    /// A whole number between these two, both included.
    Whole(u64, u64),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Names and texts; a list of texts stands for several of one name.
    Texts,
    /// A list of such tables, with at least one.
    Tables(&'static Table),
    /// Such tables by names of the author's choice.
    Named(&'static Table),
    /// A list of texts, with at least one.
    List,
}

/// The values of a table that has been held against its description.
pub(super) struct Fields<'v> {
    values: BTreeMap<&'static str, &'v Value>,
}

/// Reads the tables of one file.
pub(super) struct Reader<'f> {
    /// Its name, for messages.
    pub file: &'f str,
}

impl Reader<'_> {
    /// The fields of a table at `at`; an error for keys that it does not have and values of another shape.
    pub fn fields<'v>(&self, at: &str, table: &Table, value: &'v Value) -> Result<Fields<'v>, ScenarioError> {
        let Some(object) = value.as_object() else {
            return Err(self.problem(at, format!("{} is no table", told(value)), keys_help(table)));
        };
        let values = self.values(at, table, object)?;
        if let Some(missing) = table.keys.iter().find(|k| k.required && !values.contains_key(k.name)) {
            return Err(self.problem(at, format!("`{}` is missing", missing.name), missing.about.to_owned()));
        }
        Ok(Fields { values })
    }

    fn values<'v>(
        &self,
        at: &str,
        table: &Table,
        object: &'v Map<String, Value>,
    ) -> Result<BTreeMap<&'static str, &'v Value>, ScenarioError> {
        let mut values = BTreeMap::new();
        for (written, value) in object {
            let Some(key) = table.keys.iter().find(|k| k.name == *written || in_capitals(k.name) == *written)
            else {
                let names: Vec<&str> = table.keys.iter().map(|k| k.name).collect();
                let message = format!("there is no key `{written}`");
                return Err(self.problem(at, message, help(&in_words(written), &names)));
            };
            if value.is_null() {
                continue;
            }
            let here = below(at, written);
            self.hold(&here, key, value)?;
            if values.insert(key.name, value).is_some() {
                let message = "the key is there twice, in both spellings".to_owned();
                return Err(self.problem(&here, message, format!("keep `{}`", key.name)));
            }
        }
        Ok(values)
    }

    fn hold(&self, at: &str, key: &Key, value: &Value) -> Result<(), ScenarioError> {
        let wrong = |wanted: String| {
            Err(self.problem(at, format!("{} where {wanted} is wanted", told(value)), key.about.to_owned()))
        };
        match &key.shape {
            Shape::Text if !value.is_string() => wrong("text".to_owned()),
            Shape::TextOrJson if !(value.is_string() || value.is_object() || value.is_array()) => {
                wrong("text, or an object to send as JSON,".to_owned())
            }
            Shape::Flag if !value.is_boolean() => wrong("true or false".to_owned()),
            Shape::Whole(least, most) if !value.as_u64().is_some_and(|n| (*least..=*most).contains(&n)) => {
                wrong(format!("a whole number from {least} to {most}"))
            }
            Shape::Choice(words) => match value.as_str() {
                Some(word) if words.contains(&word) => Ok(()),
                Some(word) => Err(self.problem(at, format!("`{word}` is not known"), help(word, words))),
                None => wrong(format!("one of {}", words.join(", "))),
            },
            Shape::Texts if !value.as_object().is_some_and(|o| o.values().all(is_text_or_texts)) => {
                wrong("a table of names and texts".to_owned())
            }
            Shape::Tables(_) if value.as_array().is_none_or(Vec::is_empty) => {
                wrong("a list with at least one table".to_owned())
            }
            Shape::Named(_) if !value.is_object() => wrong("a table of tables".to_owned()),
            Shape::List
                if value.as_array().is_none_or(|a| a.is_empty() || !a.iter().all(Value::is_string)) =>
            {
                wrong("a list of texts".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// An error at a place in this file.
    pub fn problem(&self, at: &str, message: String, help: String) -> ScenarioError {
        let at = if at.is_empty() { String::new() } else { format!("{at}: ") };
        ScenarioError::Key { file: self.file.to_owned(), at, message, help }
    }
}

impl<'v> Fields<'v> {
    /// What stands at a key.
    pub fn value(&self, name: &str) -> Option<&'v Value> {
        self.values.get(name).copied()
    }

    /// The keys that are there.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.values.keys().copied()
    }

    /// The text at a key.
    pub fn text(&self, name: &str) -> Option<&'v str> {
        self.value(name).and_then(Value::as_str)
    }

    /// The whole number at a key.
    pub fn whole(&self, name: &str) -> Option<u64> {
        self.value(name).and_then(Value::as_u64)
    }

    /// The flag at a key.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.value(name).and_then(Value::as_bool)
    }

    /// The tables of a list at a key.
    pub fn list(&self, name: &str) -> &'v [Value] {
        self.value(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The tables at a key, by name, in the order of the file.
    pub fn named(&self, name: &str) -> impl Iterator<Item = (&'v String, &'v Value)> + use<'v> {
        self.value(name).and_then(Value::as_object).into_iter().flatten()
    }

    /// Names and texts at a key, in the order of the file.
    pub fn texts(&self, name: &str) -> Vec<(&'v str, &'v str)> {
        let mut out = Vec::new();
        for (name, value) in self.value(name).and_then(Value::as_object).into_iter().flatten() {
            match value {
                Value::Array(several) => {
                    out.extend(several.iter().filter_map(|v| Some((name.as_str(), v.as_str()?))));
                }
                one => out.extend(one.as_str().map(|text| (name.as_str(), text))),
            }
        }
        out
    }
}

/// The place of a key below a place.
pub(super) fn below(at: &str, key: &str) -> String {
    if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") }
}

fn is_text_or_texts(value: &Value) -> bool {
    value.is_string() || value.as_array().is_some_and(|a| a.iter().all(Value::is_string))
}

fn keys_help(table: &Table) -> String {
    let names = table.keys.iter().map(|k| format!("`{}`", k.name)).collect::<Vec<_>>();
    format!("{} Its keys are {}", table.about, names.join(", "))
}

/// A value, shortly.
fn told(value: &Value) -> String {
    match value {
        Value::String(text) => format!("the text `{}`", text.chars().take(40).collect::<String>()),
        Value::Object(_) => "a table".to_owned(),
        Value::Array(items) if items.is_empty() => "an empty list".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        other => format!("`{other}`"),
    }
}

/// `keep_alive` as JSON likes it: `keepAlive`.
pub(super) fn in_capitals(name: &str) -> String {
    let mut words = name.split('_');
    let mut out = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        out.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}

/// `keepAlive` as it is written here: `keep_alive`.
fn in_words(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out.trim_start_matches('_').replace('-', "_")
}
