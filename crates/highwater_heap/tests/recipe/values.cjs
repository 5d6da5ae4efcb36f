// Values of every shape that a snapshot can hold, each with a known count. Nothing here depends on clock or chance.
'use strict';
const { EventEmitter } = require('node:events');
const { PassThrough } = require('node:stream');
const { AsyncLocalStorage } = require('node:async_hooks');

class Address {
  constructor(n) {
    this.street = `${n} Long Street`;
    this.city = ['Ulm', 'Oslo', 'Lima'][n % 3];
  }
}

class User {
  static count = 0;
  #secret;
  constructor(n) {
    User.count++;
    this.name = `user ${n}`;
    this.email = `user${n}@example.org`;
    this.address = new Address(n);
    this.#secret = `token-${n}-${'x'.repeat(n % 7)}`;
  }
  check(token) {
    return this.#secret === token;
  }
}

class Session {
  constructor(id, user) {
    this.id = id;
    this.user = user;
    this.openedAt = new Date(1700000000000 + id);
    this.tags = new Set(['web', `shard-${id % 16}`, `v${id % 4}`]);
    this.cart = [{ sku: `sku-${id % 50}`, count: 1 + (id % 3), price: id + 0.5 }];
    this.onClose = () => user.name;
  }
}

class RequestContext {
  constructor(id) {
    this.id = id;
    this.url = `/orders/${id}?page=${id % 9}`;
    this.headers = { host: 'example.org', trace: `trace-${id}` };
    this.startedAt = id + 0.25;
  }
}

class Node {
  constructor(next) {
    this.next = next;
    this.back = null;
    if (next) next.back = this;
  }
}

class Lru extends Map {
  constructor(limit) {
    super();
    this.limit = limit;
  }
  keep(key, value) {
    this.delete(key);
    this.set(key, value);
    if (this.size > this.limit) this.delete(this.keys().next().value);
  }
}

function chain(length) {
  let head = null;
  for (let i = 0; i < length; i++) head = new Node(head);
  return head;
}

// The closure that lives reads `small` only; `big` stays in the context they share, and nothing that lives reads it.
function readerOf(n) {
  const small = `small ${n}`;
  const big = new Array(64).fill(0).map((_, i) => `dead ${n}.${i}`);
  function neverKept() {
    return big.length;
  }
  if (n < 0) neverKept();
  return () => small;
}

function counterOf(start) {
  let count = start;
  const step = { by: start % 5 };
  return { up: () => (count += step.by), down: () => (count -= step.by) };
}

function* numbersFrom(start) {
  const seen = [start, start + 1];
  while (true) yield seen[seen.length - 1]++;
}

async function waitsFor(promise, n) {
  const local = { job: `job ${n}`, payload: new Array(8).fill(n) };
  await promise;
  return local;
}

async function* pagesOf(n) {
  const page = { first: n };
  yield page;
  yield page.first;
}

function strings(count) {
  const base = 'abcdefghijklmnopqrstuvwxyz0123456789'.repeat(40);
  const out = { sliced: [], cons: [], duplicated: [], odd: [], long: [] };
  for (let i = 0; i < count; i++) {
    out.sliced.push(base.substring(i % 100, 200 + (i % 100)));
    out.cons.push(`left part number ${i} `.concat(base.slice(0, 30 + (i % 20))) + i);
    out.duplicated.push(Buffer.from('the same words again and again, kept once for each request').toString());
  }
  out.odd.push('lone high \ud83d', '\udc00 lone low', 'pair 😀', 'quote " backslash \\ slash / ]', '"nodes":[1,2],"edges":[3]');
  out.odd.push('line\nfeed\r\ttab\u0000nul\u0001\u001f\u007f', '\u2028\u2029', 'é ü ß latin1', '漢字かな交じり', '');
  out.long.push('y'.repeat(1023), 'y'.repeat(1024), 'y'.repeat(1025), 'z'.repeat(5000), '漢'.repeat(3000));
  return out;
}

function weaklings(users) {
  const profiles = new WeakMap();
  const blessed = new WeakSet();
  const refs = [];
  const registry = new FinalizationRegistry(() => {});
  users.forEach((user, i) => {
    profiles.set(user, { bio: `bio of ${user.name}`, of: i % 2 ? user : null });
    if (i % 2) blessed.add(user);
    refs.push(new WeakRef(user));
    registry.register(user, `held ${i}`);
  });
  // A key that only its own value holds, and one that nothing but the map knows.
  const loop = {};
  profiles.set(loop, { back: loop });
  return { profiles, blessed, refs, registry };
}

function binaries(count) {
  const shared = new ArrayBuffer(4096);
  const out = { buffers: [], pooled: [], views: [new Uint8Array(shared), new Float64Array(shared, 8, 16), new DataView(shared)] };
  for (let i = 0; i < count; i++) {
    out.buffers.push(Buffer.alloc(8192 + i, 1));
    out.pooled.push(Buffer.from(`pooled ${i}`));
  }
  out.small = new Int16Array(7);
  if (typeof SharedArrayBuffer === 'function') out.sharedMemory = new Int32Array(new SharedArrayBuffer(1024));
  return out;
}

function waste() {
  const shrunk = new Map();
  for (let i = 0; i < 4096; i++) shrunk.set(`k${i}`, i);
  for (let i = 1100; i < 4096; i++) shrunk.delete(`k${i}`);
  const holes = new Array(20000);
  holes[3] = holes[19999] = { at: 'an end' };
  return { shrunk, holes, empty: new Map(), emptySets: Array.from({ length: 50 }, () => new Set()) };
}

function oddities() {
  const symbol = Symbol('by symbol');
  const target = { plain: 1, 7: 'an index', 'key with "quotes"': true, [symbol]: { under: 'symbol' }, [Symbol.for('shared')]: 1 };
  Object.defineProperty(target, 'computed', { get: () => target.plain, enumerable: true });
  const holder = function holder(a, b) { return [this, a, b]; };
  return {
    target,
    proxy: new Proxy(target, { get: (on, key) => on[key] }),
    bound: [holder.bind(target, 'first', { second: 2 }), holder.bind(null)],
    regexps: [/a+(b|c)*/giu, new RegExp('from text')],
    bigs: [2n ** 200n, -5n],
    numbers: { smi: 42, double: 0.1, negativeZero: -0, notANumber: NaN, large: 2 ** 40 },
    error: new Error('kept with its stack'),
    dates: [new Date(0), new Date(NaN)],
    iterator: new Map([[1, { one: 1 }], [2, { two: 2 }]]).entries(),
    frozen: Object.freeze({ a: Object.freeze([1, 2, 3]) }),
    withoutPrototype: Object.assign(Object.create(null), { x: 1 }),
    holey: [1, , 3, , { five: 5 }],
    doubles: [0.5, 1.5, 2.5],
    arguments: (function () { return arguments; })('x', { y: 1 }),
  };
}

function emitters(count) {
  const bus = new EventEmitter();
  bus.setMaxListeners(0);
  for (let i = 0; i < count; i++) bus.on('tick', () => i);
  bus.once('end', () => bus);
  const target = new EventTarget();
  for (let i = 0; i < 5; i++) target.addEventListener('ping', () => i);
  const aborts = new AbortController();
  aborts.signal.addEventListener('abort', () => target);
  return { bus, target, aborts };
}

function timers(count) {
  const started = { intervals: [], timeouts: [] };
  for (let i = 0; i < count; i++) {
    const state = { runs: 0, n: i };
    started.intervals.push(setInterval(() => state.runs++, 3600000));
    started.timeouts.push(setTimeout(() => state.n, 7200000));
  }
  return started;
}

function pending(count) {
  const never = new Promise(() => {});
  const storage = new AsyncLocalStorage();
  const out = { never, storage, frames: [], generators: [], pages: [], chains: [], settled: [] };
  for (let i = 0; i < count; i++) {
    out.frames.push(storage.run({ request: i }, () => waitsFor(never, i)));
    const generator = numbersFrom(i);
    generator.next();
    out.generators.push(generator);
    const pages = pagesOf(i);
    pages.next();
    out.pages.push(pages);
    out.chains.push(never.then(() => i, () => -i));
    out.settled.push(Promise.resolve({ done: i }));
  }
  return out;
}

function streams(count) {
  return Array.from({ length: count }, (_, i) => {
    const stream = new PassThrough();
    stream.write(`chunk of stream ${i}`);
    return stream;
  });
}

module.exports = {
  User, Session, RequestContext, Lru, chain, readerOf, counterOf, strings, weaklings, binaries, waste, oddities,
  emitters, timers, pending, streams,
};
