import type { AddressInfo } from 'node:net';
import { createApp } from './app.js';
import { config } from './config.js';
import { database } from './db.js';
import { loadMemoryStore } from './memory.js';

const DRAIN_MS = 1000;

function logSlowQuery(tookMs: number): void {
  console.warn(`A query took ${tookMs} ms`);
}

await loadMemoryStore();
database.on('slow', logSlowQuery);

const server = createApp().listen(config.port, (error?: Error) => {
  if (error) {
    console.error(`Cannot listen on port ${config.port}: ${error.message}`);
    process.exit(1);
  }
  const { port } = server.address() as AddressInfo;
  console.log(`zero-to-one-api listening on http://localhost:${port}`);
});

function shutdown(): void {
  database.off('slow', logSlowQuery);
  server.close(() => process.exit(0));
  server.closeIdleConnections();
  setTimeout(() => server.closeAllConnections(), DRAIN_MS).unref();
}

process.once('SIGTERM', shutdown);
process.once('SIGINT', shutdown);
