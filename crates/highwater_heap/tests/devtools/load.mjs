// Opens a snapshot with DevTools' own engine, in one thread.
//
// Two things are switched here, from outside: the moving of shallow sizes, on demand; and the allocation profile, which
// throws on snapshots taken while allocations are tracked (V8 writes the count of functions into the header before the
// last of them are known, and DevTools believes the header). Nothing of it touches sizes or distances of nodes.
Promise.withResolvers ??= () => {
  let resolve, reject;
  const promise = new Promise((done, failed) => ([resolve, reject] = [done, failed]));
  return { promise, resolve, reject };
};
const { HeapSnapshotLoader, JSHeapSnapshot, SecondaryInitManager, NodeFilter } = await import('./engine.mjs');

const moveSizes = JSHeapSnapshot.prototype.calculateShallowSizes;

/** Runs loader and engine; `second` is the port of another thread that runs `SecondaryInitManager`, or nothing. */
export async function load(stream, transfer, second) {
  JSHeapSnapshot.prototype.calculateShallowSizes = function () {
    if (transfer) moveSizes.call(this);
    this.profile.snapshot.trace_function_count = 0;
  };
  const loader = new HeapSnapshotLoader({ sendEvent() {} });
  for await (const chunk of stream) loader.write(chunk);
  loader.close();
  let port = second;
  if (!port) {
    const { port1, port2 } = new MessageChannel();
    new SecondaryInitManager(port2);
    port = port1;
  }
  const snapshot = await loader.buildSnapshot(port);
  port.close();
  return snapshot;
}

/** Rows of the list of classes as the panel shows it, largest retained size first. */
export function* classes(snapshot) {
  yield ['key', 'name', 'count', 'shallow', 'retained', 'distance'];
  const text = (value) => JSON.stringify(value).slice(1, -1);
  const rows = Object.entries(snapshot.aggregatesWithFilter(new NodeFilter()));
  rows.sort(([a, x], [b, y]) => y.maxRet - x.maxRet || (a < b ? -1 : 1));
  for (const [key, group] of rows) yield [text(key), text(group.name), group.count, group.self, group.maxRet, group.distance];
}

export { SecondaryInitManager };
