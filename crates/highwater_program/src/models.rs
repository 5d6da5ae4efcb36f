//! The library models of `models/`, one TOML file a library, compiled into the binary.
//!
//! In: nothing; the texts are part of the program. Out: [`Model`] values in the order of their file names ([`load`]).
//! A new file in the folder needs its line in [`MODELS`]; the tests below say so when it is missing.

use rustc_hash::FxHashMap;

use crate::model::Model;

/// File name without its ending, and text, of every model; sorted by name.
pub static MODELS: &[(&str, &str)] = &[
    ("adonis", include_str!("../models/adonis.toml")),
    ("aedes", include_str!("../models/aedes.toml")),
    ("agenda", include_str!("../models/agenda.toml")),
    ("amqplib", include_str!("../models/amqplib.toml")),
    ("angular", include_str!("../models/angular.toml")),
    ("any-signal", include_str!("../models/any-signal.toml")),
    ("apicache", include_str!("../models/apicache.toml")),
    ("apollo", include_str!("../models/apollo.toml")),
    ("apollo-client", include_str!("../models/apollo-client.toml")),
    ("apollo-integrations", include_str!("../models/apollo-integrations.toml")),
    ("archives", include_str!("../models/archives.toml")),
    ("astro", include_str!("../models/astro.toml")),
    ("async", include_str!("../models/async.toml")),
    ("async-cache-dedupe", include_str!("../models/async-cache-dedupe.toml")),
    ("async-queue", include_str!("../models/async-queue.toml")),
    ("aws-lambda", include_str!("../models/aws-lambda.toml")),
    ("aws-sdk", include_str!("../models/aws-sdk.toml")),
    ("axios", include_str!("../models/axios.toml")),
    ("azure-functions", include_str!("../models/azure-functions.toml")),
    ("azure-service-bus", include_str!("../models/azure-service-bus.toml")),
    ("better-sqlite3", include_str!("../models/better-sqlite3.toml")),
    ("better-sse", include_str!("../models/better-sse.toml")),
    ("bluebird", include_str!("../models/bluebird.toml")),
    ("bottleneck", include_str!("../models/bottleneck.toml")),
    ("bounded-memoizers", include_str!("../models/bounded-memoizers.toml")),
    ("bull", include_str!("../models/bull.toml")),
    ("bullmq", include_str!("../models/bullmq.toml")),
    ("bun", include_str!("../models/bun.toml")),
    ("bun-modules", include_str!("../models/bun-modules.toml")),
    ("bun-sqlite", include_str!("../models/bun-sqlite.toml")),
    ("bunyan", include_str!("../models/bunyan.toml")),
    ("cache-manager", include_str!("../models/cache-manager.toml")),
    ("cacheable", include_str!("../models/cacheable.toml")),
    ("child-helpers", include_str!("../models/child-helpers.toml")),
    ("chokidar", include_str!("../models/chokidar.toml")),
    ("cloud-functions", include_str!("../models/cloud-functions.toml")),
    ("cloudflare-workers", include_str!("../models/cloudflare-workers.toml")),
    ("colyseus", include_str!("../models/colyseus.toml")),
    ("connect", include_str!("../models/connect.toml")),
    ("connect-stores", include_str!("../models/connect-stores.toml")),
    ("cron", include_str!("../models/cron.toml")),
    ("crossws", include_str!("../models/crossws.toml")),
    ("dataloader", include_str!("../models/dataloader.toml")),
    ("deno", include_str!("../models/deno.toml")),
    ("deno-std-http", include_str!("../models/deno-std-http.toml")),
    ("deques", include_str!("../models/deques.toml")),
    ("discord", include_str!("../models/discord.toml")),
    ("discord-collection", include_str!("../models/discord-collection.toml")),
    ("discord-voice", include_str!("../models/discord-voice.toml")),
    ("documents", include_str!("../models/documents.toml")),
    ("drizzle", include_str!("../models/drizzle.toml")),
    ("effect", include_str!("../models/effect.toml")),
    ("electron", include_str!("../models/electron.toml")),
    ("elysia", include_str!("../models/elysia.toml")),
    ("engine-io", include_str!("../models/engine-io.toml")),
    ("ethers", include_str!("../models/ethers.toml")),
    ("eventemitter3", include_str!("../models/eventemitter3.toml")),
    ("eventsource", include_str!("../models/eventsource.toml")),
    ("exit-hooks", include_str!("../models/exit-hooks.toml")),
    ("expiry-map", include_str!("../models/expiry-map.toml")),
    ("express", include_str!("../models/express.toml")),
    ("express-session", include_str!("../models/express-session.toml")),
    ("express-ws", include_str!("../models/express-ws.toml")),
    ("fastify", include_str!("../models/fastify.toml")),
    ("fastify-plugin", include_str!("../models/fastify-plugin.toml")),
    ("fastify-session", include_str!("../models/fastify-session.toml")),
    ("fastmcp", include_str!("../models/fastmcp.toml")),
    ("fastq", include_str!("../models/fastq.toml")),
    ("feathers", include_str!("../models/feathers.toml")),
    ("ffmpeg", include_str!("../models/ffmpeg.toml")),
    ("firebase", include_str!("../models/firebase.toml")),
    ("flru", include_str!("../models/flru.toml")),
    ("generic-pool", include_str!("../models/generic-pool.toml")),
    ("google-pubsub", include_str!("../models/google-pubsub.toml")),
    ("got", include_str!("../models/got.toml")),
    ("grammy", include_str!("../models/grammy.toml")),
    ("graphile-worker", include_str!("../models/graphile-worker.toml")),
    ("graphql", include_str!("../models/graphql.toml")),
    ("graphql-builders", include_str!("../models/graphql-builders.toml")),
    ("graphql-sse", include_str!("../models/graphql-sse.toml")),
    ("graphql-subscriptions", include_str!("../models/graphql-subscriptions.toml")),
    ("graphql-tools", include_str!("../models/graphql-tools.toml")),
    ("graphql-ws", include_str!("../models/graphql-ws.toml")),
    ("graphql-yoga", include_str!("../models/graphql-yoga.toml")),
    ("grpc", include_str!("../models/grpc.toml")),
    ("h3", include_str!("../models/h3.toml")),
    ("hapi", include_str!("../models/hapi.toml")),
    ("hono", include_str!("../models/hono.toml")),
    ("hono-node-server", include_str!("../models/hono-node-server.toml")),
    ("http-agents", include_str!("../models/http-agents.toml")),
    ("http-proxy", include_str!("../models/http-proxy.toml")),
    ("hyper-express", include_str!("../models/hyper-express.toml")),
    ("imap", include_str!("../models/imap.toml")),
    ("inngest", include_str!("../models/inngest.toml")),
    ("ioredis", include_str!("../models/ioredis.toml")),
    ("itty-router", include_str!("../models/itty-router.toml")),
    ("job-queues", include_str!("../models/job-queues.toml")),
    ("kafka-node", include_str!("../models/kafka-node.toml")),
    ("kafkajs", include_str!("../models/kafkajs.toml")),
    ("keyv", include_str!("../models/keyv.toml")),
    ("knex", include_str!("../models/knex.toml")),
    ("koa", include_str!("../models/koa.toml")),
    ("koa-router", include_str!("../models/koa-router.toml")),
    ("koa-websocket", include_str!("../models/koa-websocket.toml")),
    ("kysely", include_str!("../models/kysely.toml")),
    ("leveldb", include_str!("../models/leveldb.toml")),
    ("limiter", include_str!("../models/limiter.toml")),
    ("llm", include_str!("../models/llm.toml")),
    ("lodash", include_str!("../models/lodash.toml")),
    ("lodash-memoize", include_str!("../models/lodash-memoize.toml")),
    ("lru-cache", include_str!("../models/lru-cache.toml")),
    ("map-expire", include_str!("../models/map-expire.toml")),
    ("mcp", include_str!("../models/mcp.toml")),
    ("mcp-examples", include_str!("../models/mcp-examples.toml")),
    ("mediasoup", include_str!("../models/mediasoup.toml")),
    ("mem", include_str!("../models/mem.toml")),
    ("memcached", include_str!("../models/memcached.toml")),
    ("memoizee", include_str!("../models/memoizee.toml")),
    ("memoizers", include_str!("../models/memoizers.toml")),
    ("memory-cache", include_str!("../models/memory-cache.toml")),
    ("memorystore", include_str!("../models/memorystore.toml")),
    ("mercurius", include_str!("../models/mercurius.toml")),
    ("middy", include_str!("../models/middy.toml")),
    ("mikro-orm", include_str!("../models/mikro-orm.toml")),
    ("mitt", include_str!("../models/mitt.toml")),
    ("mnemonist", include_str!("../models/mnemonist.toml")),
    ("mnemonist-lru", include_str!("../models/mnemonist-lru.toml")),
    ("mobx", include_str!("../models/mobx.toml")),
    ("moleculer", include_str!("../models/moleculer.toml")),
    ("mongodb", include_str!("../models/mongodb.toml")),
    ("mongoose", include_str!("../models/mongoose.toml")),
    ("mqtt", include_str!("../models/mqtt.toml")),
    ("mssql", include_str!("../models/mssql.toml")),
    ("multer", include_str!("../models/multer.toml")),
    ("mysql2", include_str!("../models/mysql2.toml")),
    ("nanoevents", include_str!("../models/nanoevents.toml")),
    ("nats", include_str!("../models/nats.toml")),
    ("nest", include_str!("../models/nest.toml")),
    ("nest-cache-manager", include_str!("../models/nest-cache-manager.toml")),
    ("nest-event-emitter", include_str!("../models/nest-event-emitter.toml")),
    ("next", include_str!("../models/next.toml")),
    ("nice-grpc", include_str!("../models/nice-grpc.toml")),
    ("node-abort", include_str!("../models/node-abort.toml")),
    ("node-async-hooks", include_str!("../models/node-async-hooks.toml")),
    ("node-cache", include_str!("../models/node-cache.toml")),
    ("node-child-process", include_str!("../models/node-child-process.toml")),
    ("node-cluster", include_str!("../models/node-cluster.toml")),
    ("node-cron", include_str!("../models/node-cron.toml")),
    ("node-crypto", include_str!("../models/node-crypto.toml")),
    ("node-dgram", include_str!("../models/node-dgram.toml")),
    ("node-diagnostics", include_str!("../models/node-diagnostics.toml")),
    ("node-events", include_str!("../models/node-events.toml")),
    ("node-fetch", include_str!("../models/node-fetch.toml")),
    ("node-fs", include_str!("../models/node-fs.toml")),
    ("node-fs-promises", include_str!("../models/node-fs-promises.toml")),
    ("node-globals", include_str!("../models/node-globals.toml")),
    ("node-http", include_str!("../models/node-http.toml")),
    ("node-net", include_str!("../models/node-net.toml")),
    ("node-perf-hooks", include_str!("../models/node-perf-hooks.toml")),
    ("node-process", include_str!("../models/node-process.toml")),
    ("node-process-module", include_str!("../models/node-process-module.toml")),
    ("node-readline", include_str!("../models/node-readline.toml")),
    ("node-schedule", include_str!("../models/node-schedule.toml")),
    ("node-stream", include_str!("../models/node-stream.toml")),
    ("node-timers", include_str!("../models/node-timers.toml")),
    ("node-timers-promises", include_str!("../models/node-timers-promises.toml")),
    ("node-tls", include_str!("../models/node-tls.toml")),
    ("node-worker-threads", include_str!("../models/node-worker-threads.toml")),
    ("node-zlib", include_str!("../models/node-zlib.toml")),
    ("nodemailer", include_str!("../models/nodemailer.toml")),
    ("openai", include_str!("../models/openai.toml")),
    ("opentelemetry", include_str!("../models/opentelemetry.toml")),
    ("opentelemetry-sdk", include_str!("../models/opentelemetry-sdk.toml")),
    ("other-databases", include_str!("../models/other-databases.toml")),
    ("p-limit", include_str!("../models/p-limit.toml")),
    ("p-memoize", include_str!("../models/p-memoize.toml")),
    ("p-queue", include_str!("../models/p-queue.toml")),
    ("passport", include_str!("../models/passport.toml")),
    ("pdfkit", include_str!("../models/pdfkit.toml")),
    ("pg", include_str!("../models/pg.toml")),
    ("pg-promise", include_str!("../models/pg-promise.toml")),
    ("pg-query-stream", include_str!("../models/pg-query-stream.toml")),
    ("pino", include_str!("../models/pino.toml")),
    ("piscina", include_str!("../models/piscina.toml")),
    ("playwright", include_str!("../models/playwright.toml")),
    ("postgres", include_str!("../models/postgres.toml")),
    ("prisma", include_str!("../models/prisma.toml")),
    ("probot", include_str!("../models/probot.toml")),
    ("prom-client", include_str!("../models/prom-client.toml")),
    ("puppeteer", include_str!("../models/puppeteer.toml")),
    ("quick-lru", include_str!("../models/quick-lru.toml")),
    ("qwik", include_str!("../models/qwik.toml")),
    ("rate-limiter-flexible", include_str!("../models/rate-limiter-flexible.toml")),
    ("rate-limits", include_str!("../models/rate-limits.toml")),
    ("react", include_str!("../models/react.toml")),
    ("reconnecting-websocket", include_str!("../models/reconnecting-websocket.toml")),
    ("redis", include_str!("../models/redis.toml")),
    ("redux", include_str!("../models/redux.toml")),
    ("remix", include_str!("../models/remix.toml")),
    ("remix-utils", include_str!("../models/remix-utils.toml")),
    ("restify", include_str!("../models/restify.toml")),
    ("routing-decorators", include_str!("../models/routing-decorators.toml")),
    ("rxjs", include_str!("../models/rxjs.toml")),
    ("rxjs-operators", include_str!("../models/rxjs-operators.toml")),
    ("semaphores", include_str!("../models/semaphores.toml")),
    ("sentry", include_str!("../models/sentry.toml")),
    ("sequelize", include_str!("../models/sequelize.toml")),
    ("service-worker", include_str!("../models/service-worker.toml")),
    ("slack-bolt", include_str!("../models/slack-bolt.toml")),
    ("slack-client", include_str!("../models/slack-client.toml")),
    ("small-lrus", include_str!("../models/small-lrus.toml")),
    ("socket-io", include_str!("../models/socket-io.toml")),
    ("socket-io-client", include_str!("../models/socket-io-client.toml")),
    ("sockjs", include_str!("../models/sockjs.toml")),
    ("solid", include_str!("../models/solid.toml")),
    ("solidstart", include_str!("../models/solidstart.toml")),
    ("sqs-consumer", include_str!("../models/sqs-consumer.toml")),
    ("statsd", include_str!("../models/statsd.toml")),
    ("supabase", include_str!("../models/supabase.toml")),
    ("svelte", include_str!("../models/svelte.toml")),
    ("svelte-store", include_str!("../models/svelte-store.toml")),
    ("sveltekit", include_str!("../models/sveltekit.toml")),
    ("tanstack-query", include_str!("../models/tanstack-query.toml")),
    ("telegraf", include_str!("../models/telegraf.toml")),
    ("telegram-bot-api", include_str!("../models/telegram-bot-api.toml")),
    ("temporal", include_str!("../models/temporal.toml")),
    ("terminus", include_str!("../models/terminus.toml")),
    ("tiny-lru", include_str!("../models/tiny-lru.toml")),
    ("toad-scheduler", include_str!("../models/toad-scheduler.toml")),
    ("trpc", include_str!("../models/trpc.toml")),
    ("trpc-adapters", include_str!("../models/trpc-adapters.toml")),
    ("trpc-observable", include_str!("../models/trpc-observable.toml")),
    ("ttlcache", include_str!("../models/ttlcache.toml")),
    ("typed-emitters", include_str!("../models/typed-emitters.toml")),
    ("typeorm", include_str!("../models/typeorm.toml")),
    ("undici", include_str!("../models/undici.toml")),
    ("unstorage", include_str!("../models/unstorage.toml")),
    ("uwebsockets", include_str!("../models/uwebsockets.toml")),
    ("vercel", include_str!("../models/vercel.toml")),
    ("vscode", include_str!("../models/vscode.toml")),
    ("vue", include_str!("../models/vue.toml")),
    ("web-globals", include_str!("../models/web-globals.toml")),
    ("webrtc", include_str!("../models/webrtc.toml")),
    ("whatsapp", include_str!("../models/whatsapp.toml")),
    ("winston", include_str!("../models/winston.toml")),
    ("ws", include_str!("../models/ws.toml")),
    ("xstate", include_str!("../models/xstate.toml")),
    ("zustand", include_str!("../models/zustand.toml")),
];

/// All models. A text that does not parse is left out; the tests hold that there is none.
#[must_use]
pub fn load() -> Vec<Model> {
    MODELS.iter().filter_map(|(_, text)| parse(text)).collect()
}

/// The models that can say something about a program: those of globals, those of packages that it `uses`, and
/// those that define a type which one of them mentions. The order is that of [`load`].
#[must_use]
pub fn load_for(uses: &dyn Fn(&str) -> bool) -> Vec<Model> {
    let mut models: Vec<Option<Model>> = MODELS.iter().map(|_| None).collect();
    let mut asked = vec![false; MODELS.len()];
    let mut by_type: FxHashMap<&str, usize> = FxHashMap::default();
    let mut work = Vec::new();
    for (i, (_, text)) in MODELS.iter().enumerate() {
        by_type.extend(names_in(text).map(|name| (name, i)));
        let mut packages = packages_in(text).peekable();
        if packages.peek().is_none() || packages.any(|p| uses(p.strip_prefix("node:").unwrap_or(p))) {
            asked[i] = true;
            work.push(i);
        }
    }
    while let Some(i) = work.pop() {
        let Some(model) = parse(MODELS[i].1) else { continue };
        let given = model.types.iter().flat_map(|t| t.returns.values());
        for name in model.entry.iter().flat_map(|e| &e.params).chain(given) {
            if let Some(&defines) = by_type.get(name.as_str())
                && !asked[defines]
            {
                asked[defines] = true;
                work.push(defines);
            }
        }
        models[i] = Some(model);
    }
    models.into_iter().flatten().collect()
}

fn parse(text: &str) -> Option<Model> {
    toml::from_str(text).ok()
}

/// The packages of a model, from its text: what stands in quotes up to the end of the list.
fn packages_in(text: &str) -> impl Iterator<Item = &str> {
    let list = text.split_once("\npackages = [").map_or("", |(_, rest)| rest);
    let list = list.split(']').next().unwrap_or("");
    list.split('"').skip(1).step_by(2)
}

/// Names of the types of a model, and its own, from its text.
fn names_in(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.strip_prefix("name = \"")?.split('"').next())
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
                + m.metric.len()
                + usize::from(m.keeps_origins);
            assert!(said > 0, "{file}: empty");
        }
        assert_eq!(load().len(), MODELS.len());
    }

    #[test]
    fn the_text_alone_tells_packages_and_types() {
        for ((file, text), (_, m)) in MODELS.iter().zip(parsed()) {
            assert_eq!(
                packages_in(text).collect::<Vec<_>>(),
                m.packages,
                "{file}: packages on lines of their own"
            );
            let names: BTreeSet<&str> = names_in(text).collect();
            assert!(
                m.types.iter().all(|t| names.contains(t.name.as_str())),
                "{file}: `name = ` starts its line"
            );
        }
    }

    #[test]
    fn models_come_with_the_models_of_their_types() {
        let names = |models: &[Model]| models.iter().map(|m| m.name.clone()).collect::<Vec<_>>();
        let all = names(&load());
        assert_eq!(names(&load_for(&|_| true)), all);
        let few = names(&load_for(&|p| p == "express"));
        assert!(few.len() < all.len() && few.iter().any(|n| n == "Express"), "{few:?}");
        let types: BTreeSet<String> = load_for(&|p| p == "express")
            .iter()
            .flat_map(|m| m.types.iter().map(|t| t.name.clone()))
            .collect();
        assert!(types.contains("http.ServerResponse"), "{types:?}");
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
            for maker in makers.filter(|x| x.matches('.').count() >= 2 && !x.starts_with("new ")) {
                let owner = maker.rsplit_once('.').map_or("", |(owner, _)| owner);
                assert!(known.contains_key(owner), "{file}: `{maker}` names no modelled type");
            }
        }
    }
}
