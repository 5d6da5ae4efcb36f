// DevTools' engine as DevTools runs it, for measuring: loader and one half in this thread, dominators in a second one,
// then the list of classes.
//
//   node --max-old-space-size=14000 time.mjs SNAPSHOT
import { createReadStream } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { load, classes, SecondaryInitManager } from './load.mjs';

if (isMainThread) {
  const { port1, port2 } = new MessageChannel();
  const resourceLimits = { maxOldGenerationSizeMb: 14000 };
  new Worker(new URL(import.meta.url), { workerData: port2, transferList: [port2], resourceLimits });
  const snapshot = await load(createReadStream(process.argv[2], { encoding: 'utf8', highWaterMark: 1 << 20 }), true, port1);
  console.log(snapshot.nodeCount, [...classes(snapshot)].length - 1, snapshot.totalSize);
  process.exit(0);
} else {
  new SecondaryInitManager(workerData);
}
