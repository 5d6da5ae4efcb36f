// A large heap of real shape: the TypeScript compiler checks COUNT files of a code base and keeps everything alive.
//
//   node --max-old-space-size=12000 large.cjs TYPESCRIPT_DIR SOURCES_DIR COUNT OUT_FILE
//
// TYPESCRIPT_DIR is npm's `typescript`, SOURCES_DIR any folder of TypeScript. Files are taken in the order of their
// paths and their imports are not followed, so that the same packages give the same heap up to the addresses V8 chooses.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { Session } = require('node:inspector');

const [, , typescript, sources, count, out] = process.argv;
const session = new Session();
session.connect();
// Before the compiler is loaded: Node 20 looks up lines of closures of a 9 MB script a thousand times faster then.
session.post('Debugger.enable');
const ts = require(path.resolve(typescript));

function files(folder) {
  const out = [];
  for (const entry of fs.readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const at = path.join(folder, entry.name);
    if (entry.isDirectory()) out.push(...files(at));
    else if (at.endsWith('.ts') && !at.endsWith('.d.ts') && !at.endsWith('.test.ts')) out.push(at);
  }
  return out;
}

const chosen = files(sources).slice(0, Number(count));
const program = ts.createProgram(chosen, {
  target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
  strict: true, noEmit: true, noResolve: true, skipLibCheck: true, allowImportingTsExtensions: true,
});
const checker = program.getTypeChecker();
let problems = 0;
for (const file of program.getSourceFiles()) problems += program.getSemanticDiagnostics(file).length;
globalThis.kept = { program, checker };
console.error(`${chosen.length} files given, ${program.getSourceFiles().length} in the program, ${problems} diagnostics, ${Math.round(process.memoryUsage().heapUsed / 1e6)} MB of heap`);

const file = fs.openSync(out, 'w');
session.on('HeapProfiler.addHeapSnapshotChunk', (message) => fs.writeSync(file, message.params.chunk));
session.post('HeapProfiler.takeHeapSnapshot', { reportProgress: false }, (problem) => {
  if (problem) throw new Error(problem.message);
  fs.closeSync(file);
  console.error(`${fs.statSync(out).size} bytes`);
  process.exit(0);
});
