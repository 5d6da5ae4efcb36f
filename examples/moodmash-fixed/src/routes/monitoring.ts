import { Hono } from 'hono';
import type { AppEnv } from '../env.js';
import { stats } from '../services/cache.js';
import { metrics } from '../services/metrics.js';

const SHOWN_METRICS = 20;
const ESTIMATED_ENTRY_KB = 2;

export const monitoring = new Hono<AppEnv>();

monitoring.get('/health', async (c) => {
  await c.env.DB.prepare('SELECT 1 AS ok').first();
  return c.json({ status: 'ok', environment: c.env.ENVIRONMENT ?? 'development' });
});

monitoring.get('/health/memory', (c) => {
  const cache = stats();
  const collector = metrics.summary();
  return c.json({
    cache: { entries: cache.entries, maxEntries: cache.maxEntries, estimatedKb: cache.entries * ESTIMATED_ENTRY_KB },
    metrics: { names: collector.names, samples: collector.samples },
  });
});

monitoring.get('/monitoring/metrics', (c) =>
  c.json({
    cache: stats(),
    response: { average: metrics.value('response_time_ms'), ...metrics.percentiles() },
    collector: metrics.summary(),
    top: metrics.top(SHOWN_METRICS).map(({ name, kind, value }) => ({ name, kind, value })),
  }),
);
