// Writes heap snapshots with known contents: one after each round of a service whose `leakedContexts` grows by the
// same number in every round.
//
//   node recipe.cjs OUT_DIR NAME [--size small|large] [--rounds N] [--kind plain|internals|numeric|tracked]
//                                [--leak array|map] [--no-network]
//
// writes OUT_DIR/NAME.1.heapsnapshot, NAME.2.heapsnapshot, ... and NAME.N.truth.json, what the service holds then.
// Runs on Node 20 and newer, Deno and Bun; the last two choose their own kind.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const service = require('./service.cjs');

const SCALES = {
  small: { sessions: 300, memories: 20, projects: 12, readers: 20, chain: 500, some: 5, leak: 300 },
  large: { sessions: 12000, memories: 1500, projects: 200, readers: 4000, chain: 9000, some: 100, leak: 3000 },
};

function options(words) {
  const out = { plain: [], size: 'small', rounds: '3', kind: 'plain', leak: 'array', network: true };
  for (let i = 0; i < words.length; i++) {
    if (words[i] === '--no-network') out.network = false;
    else if (words[i].startsWith('--')) out[words[i].slice(2)] = words[++i];
    else out.plain.push(words[i]);
  }
  if (out.plain.length !== 2 || !SCALES[out.size]) throw new Error('usage: recipe.cjs OUT_DIR NAME [flags]; see the top of this file');
  return out;
}

// What to call so that a snapshot lands in a file: each runtime has its own way.
function writer(kind) {
  if (globalThis.Bun) return (file) => fs.writeFileSync(file, Bun.generateHeapSnapshot('v8'));
  if (globalThis.Deno) return (file) => require('node:v8').writeHeapSnapshot(file);
  // The inspector of Node 20 does not pass the wish for internals on.
  if (kind === 'internals') return (file) => require('node:v8').writeHeapSnapshot(file, { exposeInternals: true });
  const { Session } = require('node:inspector');
  const session = new Session();
  session.connect();
  // Without the debugger Node 20 spends minutes on looking up lines of closures in big scripts.
  session.post('Debugger.enable');
  session.post('HeapProfiler.enable');
  if (kind === 'tracked') session.post('HeapProfiler.startTrackingHeapObjects', { trackAllocations: true });
  const post = (method, params) =>
    new Promise((done, failed) => session.post(method, params, (problem) => (problem ? failed(new Error(problem.message)) : done())));
  return async (file) => {
    const out = fs.openSync(file, 'w');
    const onChunk = (message) => fs.writeSync(out, message.params.chunk);
    session.on('HeapProfiler.addHeapSnapshotChunk', onChunk);
    await post('HeapProfiler.collectGarbage');
    const how = { reportProgress: false, captureNumericValue: kind === 'numeric' };
    await post('HeapProfiler.takeHeapSnapshot', how);
    session.off('HeapProfiler.addHeapSnapshotChunk', onChunk);
    fs.closeSync(out);
  };
}

async function main() {
  const given = options(process.argv.slice(2));
  const [folder, name] = given.plain;
  const scale = SCALES[given.size];
  fs.mkdirSync(folder, { recursive: true });
  const write = writer(given.kind);
  service.fill(scale);
  await service.openExchanges(given.network ? scale.some : 0);
  for (let number = 1; number <= Number(given.rounds); number++) {
    service.round(number, scale, given.leak);
    await new Promise((done) => setTimeout(done, 50));
    await write(path.join(folder, `${name}.${number}.heapsnapshot`));
    fs.writeFileSync(path.join(folder, `${name}.${number}.truth.json`), `${JSON.stringify(service.truth(), null, 2)}\n`);
  }
  process.exit(0);
}

main();
