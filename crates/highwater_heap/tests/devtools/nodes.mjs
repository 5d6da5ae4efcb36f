// What DevTools' own engine says of every node of a snapshot.
//
//   node nodes.mjs SNAPSHOT PREFIX
//
// writes PREFIX.transfer.tsv (sizes as DevTools shows them), PREFIX.plain.tsv (its moving of shallow sizes switched
// off) with the columns id, shallow, retained, distance in the order of the file, and PREFIX.classes.tsv.
import { createReadStream, createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { load, classes } from './load.mjs';

async function write(path, rows) {
  const out = createWriteStream(path);
  let batch = '';
  for (const row of rows) {
    batch += `${row.join('\t')}\n`;
    if (batch.length > 1 << 20) {
      if (!out.write(batch)) await once(out, 'drain');
      batch = '';
    }
  }
  out.end(batch);
  await once(out, 'finish');
}

function* nodes(snapshot) {
  yield ['id', 'shallow', 'retained', 'distance'];
  const { nodes, nodeFieldCount, nodeIdOffset, nodeSelfSizeOffset, nodeCount, retainedSizes, nodeDistances } = snapshot;
  for (let node = 0; node < nodeCount; node++) {
    const at = node * nodeFieldCount;
    yield [nodes.getValue(at + nodeIdOffset), nodes.getValue(at + nodeSelfSizeOffset), retainedSizes[node], nodeDistances[node]];
  }
}

const [, , file, prefix] = process.argv;
for (const transfer of [true, false]) {
  const snapshot = await load(createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 20 }), transfer);
  await write(`${prefix}.${transfer ? 'transfer' : 'plain'}.tsv`, nodes(snapshot));
  if (transfer) await write(`${prefix}.classes.tsv`, classes(snapshot));
}
process.exit(0);
