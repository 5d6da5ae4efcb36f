//! The library models of `models/`, one TOML file a library, compiled into the binary.
//!
//! In: nothing; the texts are part of the program. Out: [`Model`] values in the order of their file names ([`load`]).
//! A new file in the folder needs its line in [`MODELS`]; the tests below say so when it is missing.

use crate::model::Model;

/// File name without its ending, and text, of every model; sorted by name.
pub static MODELS: &[(&str, &str)] = &[
    ("bull", include_str!("../models/bull.toml")),
    ("bullmq", include_str!("../models/bullmq.toml")),
    ("express", include_str!("../models/express.toml")),
    ("fastify", include_str!("../models/fastify.toml")),
    ("fastify-plugin", include_str!("../models/fastify-plugin.toml")),
    ("hono", include_str!("../models/hono.toml")),
    ("hono-node-server", include_str!("../models/hono-node-server.toml")),
    ("koa", include_str!("../models/koa.toml")),
    ("koa-router", include_str!("../models/koa-router.toml")),
    ("lru-cache", include_str!("../models/lru-cache.toml")),
    ("node-abort", include_str!("../models/node-abort.toml")),
    ("node-async-hooks", include_str!("../models/node-async-hooks.toml")),
    ("node-child-process", include_str!("../models/node-child-process.toml")),
    ("node-cluster", include_str!("../models/node-cluster.toml")),
    ("node-crypto", include_str!("../models/node-crypto.toml")),
    ("node-dgram", include_str!("../models/node-dgram.toml")),
    ("node-diagnostics", include_str!("../models/node-diagnostics.toml")),
    ("node-events", include_str!("../models/node-events.toml")),
    ("node-fs", include_str!("../models/node-fs.toml")),
    ("node-fs-promises", include_str!("../models/node-fs-promises.toml")),
    ("node-globals", include_str!("../models/node-globals.toml")),
    ("node-http", include_str!("../models/node-http.toml")),
    ("node-net", include_str!("../models/node-net.toml")),
    ("node-perf-hooks", include_str!("../models/node-perf-hooks.toml")),
    ("node-process", include_str!("../models/node-process.toml")),
    ("node-process-module", include_str!("../models/node-process-module.toml")),
    ("node-readline", include_str!("../models/node-readline.toml")),
    ("node-stream", include_str!("../models/node-stream.toml")),
    ("node-timers", include_str!("../models/node-timers.toml")),
    ("node-timers-promises", include_str!("../models/node-timers-promises.toml")),
    ("node-tls", include_str!("../models/node-tls.toml")),
    ("node-worker-threads", include_str!("../models/node-worker-threads.toml")),
    ("node-zlib", include_str!("../models/node-zlib.toml")),
    ("web-globals", include_str!("../models/web-globals.toml")),
    ("ws", include_str!("../models/ws.toml")),
];

/// All models. A text that does not parse is left out; the tests hold that there is none.
#[must_use]
pub fn load() -> Vec<Model> {
    MODELS.iter().filter_map(|(_, text)| toml::from_str(text).ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn parsed() -> Vec<(&'static str, Model)> {
        MODELS
            .iter()
            .map(|(file, text)| match toml::from_str(text) {
                Ok(model) => (*file, model),
                Err(error) => panic!("models/{file}.toml: {error}"),
            })
            .collect()
    }

    /// Type names of all models, each with the file that defines it.
    fn type_names(models: &[(&'static str, Model)]) -> BTreeMap<String, &'static str> {
        models.iter().flat_map(|(file, m)| m.types.iter().map(move |t| (t.name.clone(), *file))).collect()
    }

    #[test]
    fn table_is_sorted_and_holds_every_file() {
        let table: Vec<&str> = MODELS.iter().map(|(file, _)| *file).collect();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/models");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .expect("the models folder")
            .map(|entry| entry.expect("a folder entry").file_name().to_string_lossy().into_owned())
            .filter_map(|name| name.strip_suffix(".toml").map(str::to_owned))
            .collect();
        assert_eq!(table, files.iter().map(String::as_str).collect::<Vec<_>>());
    }

    #[test]
    fn every_file_parses_and_says_something() {
        for (file, m) in parsed() {
            let said = m.entry.len()
                + m.convention.len()
                + m.store.len()
                + m.types.len()
                + m.resource.len()
                + m.subscription.len()
                + m.metric.len();
            assert!(said > 0, "{file}: empty");
        }
        assert_eq!(load().len(), MODELS.len());
    }

    #[test]
    fn names_are_unique() {
        let models = parsed();
        let count: usize = models.iter().map(|(_, m)| m.types.len()).sum();
        let mut seen = BTreeSet::new();
        for (file, m) in &models {
            assert!(seen.insert(m.name.clone()), "{file}: model name `{}` twice", m.name);
            for t in &m.types {
                assert!(seen.insert(format!("type {}", t.name)), "{file}: type `{}` twice", t.name);
            }
        }
        assert_eq!(type_names(&models).len(), count);
    }

    #[test]
    fn type_names_exist() {
        let models = parsed();
        let known = type_names(&models);
        for (file, m) in &models {
            let entries = m.entry.iter().flat_map(|e| e.on.iter().chain(&e.params));
            let others = m.subscription.iter().flat_map(|s| &s.on);
            let returned = m.types.iter().flat_map(|t| t.returns.values());
            for name in entries.chain(others).chain(returned).filter(|n| !n.is_empty()) {
                assert!(known.contains_key(name), "{file}: no type `{name}`");
            }
        }
    }

    #[test]
    fn calls_and_makers_are_not_empty() {
        for (file, m) in parsed() {
            assert!(m.entry.iter().all(|e| !e.calls.is_empty()), "{file}: entry without calls");
            assert!(m.subscription.iter().all(|s| !s.calls.is_empty()), "{file}: subscription without calls");
            assert!(m.store.iter().all(|s| !s.makers.is_empty()), "{file}: store without makers");
            assert!(m.resource.iter().all(|r| !r.makers.is_empty()), "{file}: resource without makers");
            assert!(
                m.metric.iter().all(|x| !x.makers.is_empty() && !x.calls.is_empty()),
                "{file}: metric without makers or calls"
            );
        }
    }

    #[test]
    fn methods_that_make_belong_to_a_type() {
        let models = parsed();
        let known = type_names(&models);
        for (file, m) in models.iter().filter(|(_, m)| !m.packages.is_empty()) {
            let makers =
                m.resource.iter().flat_map(|r| &r.makers).chain(m.metric.iter().flat_map(|x| &x.makers));
            // `express.App.listen`: two dots, outside the globals, mean a method of a modelled type.
            for maker in makers.filter(|x| x.matches('.').count() >= 2) {
                let owner = maker.rsplit_once('.').map_or("", |(owner, _)| owner);
                assert!(known.contains_key(owner), "{file}: `{maker}` names no modelled type");
            }
        }
    }
}
