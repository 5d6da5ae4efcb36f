//! Where a package runs, and the one reason we believe it.

use super::hints::{HintFile, HintKind};
use super::manifest::Manifest;
use highwater_finding::Platform;

/// Dependencies that make a process wait for requests, messages or jobs.
const SERVERS: &[&str] = &[
    "express",
    "fastify",
    "koa",
    "hono",
    "@hono/node-server",
    "@nestjs/core",
    "@hapi/hapi",
    "@hapi/nes",
    "restify",
    "elysia",
    "h3",
    "nitro",
    "nitropack",
    "moleculer",
    "@adonisjs/core",
    "@feathersjs/feathers",
    "sails",
    "polka",
    "micro",
    "find-my-way",
    "uWebSockets.js",
    "@oak/oak",
    "@loopback/core",
    "egg",
    "midway",
    "@midwayjs/core",
    "payload",
    "@strapi/strapi",
    "@medusajs/framework",
    "@medusajs/medusa",
    "@keystone-6/core",
    "next",
    "nuxt",
    "@remix-run/node",
    "@remix-run/express",
    "@react-router/node",
    "@sveltejs/adapter-node",
    "@astrojs/node",
    "@tanstack/react-start",
    "apollo-server",
    "apollo-server-express",
    "@apollo/server",
    "graphql-yoga",
    "@trpc/server",
    "mercurius",
    "@grpc/grpc-js",
    "@connectrpc/connect-node",
    "ws",
    "socket.io",
    "uws",
    "sockjs",
    "websocket",
    "faye-websocket",
    "primus",
    "bullmq",
    "bull",
    "bee-queue",
    "agenda",
    "pg-boss",
    "graphile-worker",
    "kafkajs",
    "amqplib",
    "amqp-connection-manager",
    "nats",
    "mqtt",
    "mqttjs",
    "@temporalio/worker",
    "@google-cloud/pubsub",
    "node-cron",
    "cron",
    "croner",
    "node-schedule",
    "inngest",
    "discord.js",
    "telegraf",
    "grammy",
    "@slack/bolt",
    "eris",
    "oceanic.js",
    "node-telegram-bot-api",
    "botbuilder",
    "matrix-bot-sdk",
    "matrix-appservice-bridge",
    "homebridge",
    "hap-nodejs",
    "fastmcp",
    "@modelcontextprotocol/sdk",
    "@modelcontextprotocol/server",
    "mcp-proxy",
    "@livekit/agents",
    "http-proxy",
    "prom-client",
    "pm2",
    "node-red",
];
/// Functions that are frozen between calls.
const FUNCTIONS: &[&str] = &[
    "aws-lambda",
    "@types/aws-lambda",
    "serverless",
    "@vendia/serverless-express",
    "serverless-http",
    "@middy/core",
    "@google-cloud/functions-framework",
    "firebase-functions",
    "@azure/functions",
    "@netlify/functions",
    "@vercel/node",
    "@aws-lambda-powertools/logger",
    "sst",
];
const ISOLATES: &[&str] = &["@cloudflare/workers-types", "wrangler", "@cloudflare/vitest-pool-workers"];
const BROWSERS: &[&str] = &[
    "react-dom",
    "react",
    "vue",
    "svelte",
    "preact",
    "solid-js",
    "@angular/core",
    "lit",
    "alpinejs",
    "react-native",
    "expo",
    "ember-source",
    "jquery",
];
/// Dependencies of programs with a window.
const DESKTOPS: &[&str] = &["electron", "@tauri-apps/api", "nw"];
/// Servers and schedulers that programs with a window use for themselves.
const BESIDE_A_WINDOW: &[&str] =
    &["ws", "@modelcontextprotocol/sdk", "node-cron", "cron", "croner", "@trpc/server", "mqtt", "nats"];
/// Dependencies that keep a command running until a person ends it.
const STAYS: &[&str] =
    &["ink", "chokidar", "blessed", "neo-blessed", "terminal-kit", "@opentui/core", "nodemon"];

/// Where a package runs and why, from its manifest and the hint files it owns.
pub fn decide(manifest: &Manifest, hints: &[&HintFile]) -> (Platform, String) {
    let hint = |kind| hints.iter().find(|h| h.kind == kind);
    let ships = |names: &[&'static str]| first(names, &manifest.dependencies);
    let any = |names: &[&'static str]| {
        first(names, &manifest.dependencies).or_else(|| first(names, &manifest.other_dependencies))
    };
    let published = manifest.has_exports && !manifest.private && manifest.present;
    if let Some(file) = hint(HintKind::Wrangler) {
        return (Platform::Isolate, file.name().to_owned());
    }
    if let Some(name) = any(ISOLATES).filter(|_| !published && ships(SERVERS).is_none_or(|s| s == "hono")) {
        return (Platform::Isolate, format!("{name} in dependencies"));
    }
    let server = ships(SERVERS);
    if let Some(file) = hint(HintKind::Serverless) {
        return (Platform::Function, file.name().to_owned());
    }
    if let Some(name) = any(FUNCTIONS).filter(|_| server.is_none() && !published) {
        return (Platform::Function, format!("{name} in dependencies"));
    }
    if let Some(file) =
        hint(HintKind::Vercel).or(hint(HintKind::Netlify)).filter(|_| hosted(manifest, server))
    {
        let browser = server.is_none() && ships(BROWSERS).is_some();
        let platform = if browser { Platform::Browser } else { Platform::Function };
        return (platform, file.name().to_owned());
    }
    if manifest.dependencies.iter().any(|d| d == "@actions/core") && server.is_none() {
        return (Platform::Cli, "@actions/core in dependencies".to_owned());
    }
    if manifest.editor_extension {
        return (Platform::Desktop, "an editor extension (`engines.vscode`)".to_owned());
    }
    let serves = server.is_some_and(|name| !BESIDE_A_WINDOW.contains(&name));
    if let Some(name) = any(DESKTOPS).filter(|_| !published && !serves) {
        return (Platform::Desktop, format!("{name} in dependencies"));
    }
    if let Some(name) = server.filter(|_| is_run(manifest, hints, published)) {
        return (Platform::Server, format!("{name} in dependencies"));
    }
    by_shape(manifest, hints, published, server)
}

/// A host's file decides only when nothing says that a server of its own is started. A site of Next or Nuxt has a
/// `start` script wherever it runs.
fn hosted(manifest: &Manifest, server: Option<&str>) -> bool {
    server.is_none_or(|name| matches!(name, "next" | "nuxt") || !manifest.has_script("start"))
}

/// Whether a package with a server framework is started by itself rather than imported by others.
fn is_run(manifest: &Manifest, hints: &[&HintFile], published: bool) -> bool {
    let started = ["start", "start:prod", "serve", "start:dev"].iter().any(|s| manifest.has_script(s));
    let container = hints.iter().any(|h| h.kind == HintKind::Container);
    started || container || manifest.has_bin || !published
}

fn by_shape(
    manifest: &Manifest,
    hints: &[&HintFile],
    published: bool,
    server: Option<&str>,
) -> (Platform, String) {
    let browser = first(BROWSERS, &manifest.dependencies);
    if published {
        let why = match server {
            Some(name) => format!("published for import, with {name} in dependencies"),
            None => "published for import (`main` or `exports`)".to_owned(),
        };
        return (Platform::Library, why);
    }
    if manifest.has_bin {
        return match first(STAYS, &manifest.dependencies) {
            Some(name) => {
                (Platform::Server, format!("a command that keeps running ({name} in dependencies)"))
            }
            None => (Platform::Cli, "`bin` and no server in package.json".to_owned()),
        };
    }
    if let Some(file) = hints.iter().find(|h| h.kind == HintKind::Container) {
        return (Platform::Server, file.name().to_owned());
    }
    if let Some(name) = browser {
        return (Platform::Browser, format!("{name} and no server in dependencies"));
    }
    if manifest.is_deno {
        return (Platform::Server, "deno.json".to_owned());
    }
    if manifest.has_exports && !manifest.has_script("start") {
        return (Platform::Library, "imported by other packages (`main` or `exports`)".to_owned());
    }
    if manifest.present {
        return (Platform::Server, "default: nothing in package.json says otherwise".to_owned());
    }
    (Platform::Server, "default: no package.json".to_owned())
}

/// The first of our names that is among theirs.
fn first(names: &[&'static str], theirs: &[String]) -> Option<&'static str> {
    names.iter().find(|name| theirs.iter().any(|t| t == *name)).copied()
}
