//! Files beside the code that say where it runs.

use std::path::PathBuf;

/// What a hint file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HintKind {
    /// `package.json`.
    Npm,
    /// `deno.json`, `deno.jsonc`.
    Deno,
    /// `wrangler.toml`, `wrangler.json`, `wrangler.jsonc`.
    Wrangler,
    /// `serverless.yml` and AWS SAM's `template.yaml`.
    Serverless,
    /// `vercel.json`.
    Vercel,
    /// `netlify.toml`.
    Netlify,
    /// `Dockerfile`, compose files, Kubernetes manifests with a well-known name, `Procfile`, `fly.toml`.
    Container,
}

/// A hint file that the walk has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HintFile {
    /// Path below the root.
    pub path: String,
    /// Where it is.
    pub absolute: PathBuf,
    /// What it is.
    pub kind: HintKind,
}

impl HintFile {
    /// Its folder below the root; empty for the root.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// What kind of hint a file of this name is.
pub fn kind_of(name: &str) -> Option<HintKind> {
    Some(match name {
        "package.json" => HintKind::Npm,
        "deno.json" | "deno.jsonc" => HintKind::Deno,
        "wrangler.toml" | "wrangler.json" | "wrangler.jsonc" => HintKind::Wrangler,
        "serverless.yml" | "serverless.yaml" | "serverless.ts" | "serverless.json" => HintKind::Serverless,
        "vercel.json" => HintKind::Vercel,
        "netlify.toml" => HintKind::Netlify,
        "Procfile" | "fly.toml" | "render.yaml" | "compose.yml" | "compose.yaml" | "ecosystem.config.js" => {
            HintKind::Container
        }
        _ if name == "Dockerfile" || name.starts_with("Dockerfile.") || name.ends_with(".Dockerfile") => {
            HintKind::Container
        }
        _ if name.starts_with("docker-compose.") => HintKind::Container,
        _ => return None,
    })
}
