import path from 'node:path';
import { serve } from '@hono/node-server';
import type { ExecutionContext } from 'hono';
import type { Bindings } from '../src/env.js';
import app from '../src/index.js';
import { localDatabase } from './localDatabase.js';

const env: Bindings = {
  DB: localDatabase(path.resolve(process.env.DATA_DIR ?? 'data')),
  ENVIRONMENT: 'development',
  ...(process.env.REPORT_URL ? { REPORT_URL: process.env.REPORT_URL } : {}),
};

const afterwork = new Set<Promise<unknown>>();

const context: ExecutionContext = {
  waitUntil(promise) {
    const settled = promise.catch((error: unknown) => console.error(error));
    afterwork.add(settled);
    void settled.finally(() => afterwork.delete(settled));
  },
  passThroughOnException() {},
  props: {},
};

const server = serve({ fetch: (request) => app.fetch(request, env, context), port: Number(process.env.PORT ?? 8787) }, (address) => {
  console.log(`moodmash listening on http://localhost:${address.port}`);
});

function shutdown(): void {
  server.close(async () => {
    await Promise.all(afterwork);
    process.exit(0);
  });
  if ('closeIdleConnections' in server) {
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 1000).unref();
  }
}

process.once('SIGTERM', shutdown);
process.once('SIGINT', shutdown);
