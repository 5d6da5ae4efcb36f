// A small service with known contents: what a snapshot of it holds is in `truth()`. `round()` does the same work
// again: one collection gains RequestContexts and never loses one, all others come back to where they were.
'use strict';
const http = require('node:http');
const values = require('./values.cjs');
const { Orchestrator } = require('./orchestrator.cjs');

const leakedContexts = [];
const leakedByKey = new Map();
const sessions = new Map();
const byEmail = Object.create(null);
const seenIds = new Set();
const users = [];
const memoryStore = new Map();
const recent = new values.Lru(200);
const templates = new Map();
const routes = [];
const orchestrator = new Orchestrator();
const heldExchanges = [];
let scratch = [];
let kept = {};
let server = null;
let requestCount = 0;

function fill(scale) {
  for (let i = 0; i < scale.sessions; i++) {
    const user = new values.User(i);
    users.push(user);
    sessions.set(`session-${i}`, new values.Session(i, user));
    byEmail[user.email] = user;
    seenIds.add(`seen-${i}`);
  }
  for (let i = 0; i < scale.memories; i++) {
    memoryStore.set(`agent-${i}`, { facts: Array.from({ length: 6 }, (_, n) => ({ fact: `fact ${n} of ${i}`, weight: n / 4 })) });
  }
  for (let i = 0; i < scale.projects; i++) orchestrator.add(`project ${i}`);
  for (let i = 0; i < 40; i++) routes.push(values.counterOf(i));
  const few = users.slice(0, Math.min(users.length, scale.some * 4));
  kept = {
    readers: Array.from({ length: scale.readers }, (_, i) => values.readerOf(i)),
    chain: values.chain(scale.chain),
    strings: values.strings(scale.some * 10),
    weaklings: values.weaklings(few),
    binaries: values.binaries(scale.some),
    waste: values.waste(),
    oddities: values.oddities(),
    emitters: values.emitters(scale.some * 2),
    timers: values.timers(scale.some),
    pending: values.pending(scale.some),
    streams: values.streams(3),
  };
  globalThis.serviceRegistry = { name: 'recipe', startedBy: fill };
}

function handle(id, leak) {
  const context = new values.RequestContext(id);
  if (leak === 'map') leakedByKey.set(`request-${id}`, context);
  else leakedContexts.push(context);
  recent.keep(`recent-${id}`, { id, body: `body of ${id}` });
}

function round(number, scale, leak) {
  for (let i = 0; i < scale.leak; i++) handle(requestCount++, leak);
  // Noise that does not grow: sessions change places, a cache fills once, a pool of scratch objects goes up and down.
  for (let i = 0; i < scale.sessions / 10; i++) {
    const key = `session-${(number * 37 + i * 11) % scale.sessions}`;
    const old = sessions.get(key);
    sessions.set(key, new values.Session(old.id, old.user));
  }
  for (let i = 0; i < 60; i++) templates.set(`template ${i}`, templates.get(`template ${i}`) ?? (() => `${i} compiled`));
  scratch = Array.from({ length: 200 + ((number * 50) % 130) }, (_, i) => ({ scratch: i, of: number }));
}

// Requests that were accepted and are never answered: request, response and socket of both sides stay.
function openExchanges(count) {
  if (count === 0) return Promise.resolve();
  return new Promise((done, failed) => {
    server = http.createServer((req, res) => {
      heldExchanges.push({ req, res });
      if (heldExchanges.length === count) done();
    });
    server.on('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      for (let i = 0; i < count; i++) http.get({ port, host: '127.0.0.1', path: `/held/${i}`, agent: false }).on('error', () => {});
    });
  });
}

function truth() {
  const weak = kept.weaklings;
  return {
    leakedContexts: leakedContexts.length, leakedByKey: leakedByKey.size, sessions: sessions.size, users: users.length,
    byEmail: Object.keys(byEmail).length, seenIds: seenIds.size, memoryStore: memoryStore.size, factsPerMemory: 6,
    recent: recent.size, templates: templates.size, routes: routes.length, projects: orchestrator.projects.size,
    scratch: scratch.length, heldExchanges: heldExchanges.length, readersWithDeadCapture: kept.readers.length,
    weakRefs: weak.refs.length, intervals: kept.timers.intervals.length, timeouts: kept.timers.timeouts.length,
    tickListeners: kept.emitters.bus.listenerCount('tick'), buffers: kept.binaries.buffers.length,
    duplicatedStrings: kept.strings.duplicated.length, slicedStrings: kept.strings.sliced.length,
    pendingFrames: kept.pending.frames.length, generators: kept.pending.generators.length,
    shrunkMap: kept.waste.shrunk.size, streams: kept.streams.length,
  };
}

module.exports = { fill, round, openExchanges, truth };
