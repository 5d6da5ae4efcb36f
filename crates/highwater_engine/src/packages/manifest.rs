//! What a `package.json` or `deno.json` says, read leniently: a manifest that npm would accept must not stop us.

use super::hints::{HintFile, HintKind};
use crate::load::read::{open, read_bytes};
use crate::load::text;
use highwater_finding::{Place, Problem, ProblemKind};
use serde_json::{Map, Value};
use std::path::Path;

/// Manifests are small.
pub const MAX_BYTES: u64 = 4 << 20;

/// What matters of a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// There was a file to read.
    pub present: bool,
    /// `name`.
    pub name: Option<String>,
    /// `private: true`.
    pub private: bool,
    /// It has `bin`.
    pub has_bin: bool,
    /// It has `main`, `module`, `exports`, `types` or `browser`: others import it.
    pub has_exports: bool,
    /// It says what others may import: `exports`, `types`, `module`, or `main` among published files.
    pub has_api: bool,
    /// It has `workspaces`.
    pub has_workspaces: bool,
    /// `engines.vscode` or the like: it runs inside an editor.
    pub editor_extension: bool,
    /// It is a `deno.json`.
    pub is_deno: bool,
    /// Names and bodies of its scripts.
    pub scripts: Vec<(String, String)>,
    /// Dependencies that ship.
    pub dependencies: Vec<String>,
    /// Dependencies of development, peers and optional ones.
    pub other_dependencies: Vec<String>,
}

impl Manifest {
    /// Every dependency of every sort, sorted.
    pub fn all_dependencies(&self) -> Vec<String> {
        let mut all: Vec<String> =
            self.dependencies.iter().chain(&self.other_dependencies).cloned().collect();
        all.sort();
        all.dedup();
        all
    }

    /// Whether a script of this name exists.
    pub fn has_script(&self, name: &str) -> bool {
        self.scripts.iter().any(|(n, _)| n == name)
    }

    /// A folder may hold both a `package.json` and a `deno.json`.
    pub fn merge(&mut self, other: Manifest) {
        self.present |= other.present;
        self.name = self.name.take().or(other.name);
        self.private |= other.private;
        self.has_bin |= other.has_bin;
        self.has_exports |= other.has_exports;
        self.has_api |= other.has_api;
        self.has_workspaces |= other.has_workspaces;
        self.editor_extension |= other.editor_extension;
        self.is_deno |= other.is_deno;
        self.scripts.extend(other.scripts);
        self.dependencies.extend(other.dependencies);
        self.other_dependencies.extend(other.other_dependencies);
    }
}

/// Reads a manifest that the walk found.
pub fn read(hint: &HintFile) -> Result<Manifest, Problem> {
    let wrong = |message: String| {
        let place = Place { file: hint.path.clone(), ..Place::default() };
        Problem { kind: ProblemKind::Other, place, message }
    };
    let text = text_of(&hint.absolute)
        .ok_or_else(|| wrong("cannot be read; its package is judged without it".to_owned()))?;
    parse(&text, hint.kind).map_err(|said| {
        wrong(format!("is not valid JSON ({said}); dependencies and platform of its package are guessed"))
    })
}

/// The manifest of the package that `root` lies in, when somebody scans a folder inside of a package.
pub fn above(root: &Path) -> Option<Manifest> {
    parse(&text_above(root)?, HintKind::Npm).ok()
}

/// Its text.
pub fn text_above(root: &Path) -> Option<String> {
    for folder in root.ancestors() {
        let path = folder.join("package.json");
        if path.is_file() {
            return text_of(&path);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

/// The text of a small file, or nothing.
pub fn text_of(path: &Path) -> Option<String> {
    let (file, size) = open(path).ok()?;
    let bytes = read_bytes(file, size, MAX_BYTES).ok()?;
    Some(text::decode(&bytes).text.into_owned())
}

fn parse(json: &str, kind: HintKind) -> Result<Manifest, serde_json::Error> {
    let value: Value = match serde_json::from_str(json) {
        Ok(value) => value,
        Err(_) if kind == HintKind::Deno => serde_json::from_str(&without_comments(json))?,
        Err(error) => return Err(error),
    };
    let empty = Map::new();
    let fields = value.as_object().unwrap_or(&empty);
    let mut manifest = Manifest {
        present: true,
        name: fields.get("name").and_then(Value::as_str).filter(|n| !n.is_empty()).map(str::to_owned),
        private: fields.get("private").is_some_and(|p| p == &Value::Bool(true)),
        has_bin: fields.get("bin").is_some_and(is_given),
        has_exports: ["main", "module", "exports", "types", "typings", "browser"]
            .iter()
            .any(|key| fields.get(*key).is_some_and(is_given)),
        has_api: ["exports", "types", "typings", "module"]
            .iter()
            .any(|k| fields.get(*k).is_some_and(is_given))
            || fields.contains_key("files") && fields.get("main").is_some_and(is_given),
        has_workspaces: fields.contains_key("workspaces") || fields.contains_key("workspace"),
        editor_extension: fields.get("engines").is_some_and(|e| e.get("vscode").is_some()),
        is_deno: kind == HintKind::Deno,
        scripts: pairs(fields.get(if kind == HintKind::Deno { "tasks" } else { "scripts" })),
        ..Manifest::default()
    };
    if kind == HintKind::Deno {
        manifest.dependencies = imports(fields.get("imports"));
    } else {
        manifest.dependencies = keys(fields.get("dependencies"));
        for sort in ["devDependencies", "peerDependencies", "optionalDependencies"] {
            manifest.other_dependencies.extend(keys(fields.get(sort)));
        }
    }
    Ok(manifest)
}

fn is_given(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => true,
    }
}

fn keys(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_object).map(|o| o.keys().cloned().collect()).unwrap_or_default()
}

fn pairs(value: Option<&Value>) -> Vec<(String, String)> {
    let Some(object) = value.and_then(Value::as_object) else { return Vec::new() };
    object.iter().filter_map(|(name, body)| Some((name.clone(), body.as_str()?.to_owned()))).collect()
}

/// Deno's import map: `"hono": "npm:hono@4"`, `"@oak/oak": "jsr:@oak/oak@17"`.
fn imports(value: Option<&Value>) -> Vec<String> {
    pairs(value)
        .into_iter()
        .filter_map(|(_, target)| {
            let bare = target.strip_prefix("npm:").or_else(|| target.strip_prefix("jsr:"))?;
            let bare = bare.trim_start_matches('/');
            let end = bare.get(1..).and_then(|rest| rest.find('@')).map_or(bare.len(), |at| at + 1);
            Some(bare[..end].to_owned())
        })
        .collect()
}

/// Blanks comments and trailing commas of JSONC.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut in_string = false;
    while let Some(c) = chars.next() {
        if in_string {
            out.push(c);
            if c == '\\' {
                out.extend(chars.next());
            }
            in_string = c != '"';
            continue;
        }
        match (c, chars.peek()) {
            ('/', Some('/')) => while chars.next_if(|c| *c != '\n').is_some() {},
            ('/', Some('*')) => {
                let mut last = ' ';
                for c in chars.by_ref() {
                    if last == '*' && c == '/' {
                        break;
                    }
                    last = c;
                }
            }
            ('}' | ']', _) => {
                let kept = out.trim_end().len();
                if out[..kept].ends_with(',') {
                    out.truncate(kept - 1);
                }
                out.push(c);
            }
            _ => {
                in_string = c == '"';
                out.push(c);
            }
        }
    }
    out
}
