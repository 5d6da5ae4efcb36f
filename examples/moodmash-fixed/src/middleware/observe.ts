import { createMiddleware } from 'hono/factory';
import { routePath } from 'hono/route';
import type { AppEnv } from '../env.js';
import { metrics } from '../services/metrics.js';

export const observe = createMiddleware<AppEnv>(async (c, next) => {
  const started = performance.now();
  await next();
  const took = performance.now() - started;
  metrics.recordResponseTime(took);
  metrics.increment('http_requests', 1, { [`${c.req.method} ${routePath(c, -1)}`]: String(c.res.status) });
  if (c.res.status >= 500) {
    metrics.increment('http_failures');
  }
  c.header('server-timing', `app;dur=${took.toFixed(1)}`);
});
