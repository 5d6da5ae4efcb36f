import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createApp } from './app.js';
import { config } from './config.js';
import { database } from './db.js';
import { DatabaseUserMemoryStore } from './infrastructure/memory/DatabaseUserMemoryStore.js';
import { MemoryService } from './memory.js';

const DRAIN_MS = 1000;

function logSlowQuery(tookMs: number): void {
  console.warn(`A query took ${tookMs} ms`);
}

database.on('slow', logSlowQuery);

const memory = new MemoryService(new DatabaseUserMemoryStore(database));

const server = createApp(memory).listen(config.port, (error?: Error) => {
  if (error) {
    console.error(`Cannot listen on port ${config.port}: ${error.message}`);
    process.exit(1);
  }
  const { port } = server.address() as AddressInfo;
  console.log(`zero-to-one-api listening on http://localhost:${port}`);
});

async function shutdown(): Promise<void> {
  server.close();
  server.closeIdleConnections();
  const drain = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await once(server, 'close');
  clearTimeout(drain);
  await memory.flush();
  database.off('slow', logSlowQuery);
  process.exit(0);
}

process.once('SIGTERM', () => void shutdown());
process.once('SIGINT', () => void shutdown());
