import { Hono } from 'hono';
import type { AppEnv } from '../env.js';
import { type Affirmation, writeAffirmation } from '../services/affirmations.js';
import * as cache from '../services/cache.js';
import { metrics } from '../services/metrics.js';
import { insightsFor } from '../services/moods.js';

const DAYS = [7, 30, 90, 365];
const INSIGHTS_TTL_SECONDS = 300;
const AFFIRMATION_TTL_SECONDS = 6 * 3600;

export const insights = new Hono<AppEnv>();

insights.get('/insights', async (c) => {
  const userId = c.get('userId');
  const days = DAYS.find((choice) => choice >= Number(c.req.query('days') ?? 30)) ?? 365;
  metrics.increment('insights_viewed');
  const view = await cache.remember(`insights:${userId}:${days}`, INSIGHTS_TTL_SECONDS, () =>
    insightsFor(c.env.DB, userId, days),
  );
  return c.json(view);
});

insights.get('/affirmation', async (c) => {
  const userId = c.get('userId');
  const date = new Date().toISOString().slice(0, 10);
  const key = `affirmation:${userId}:${date}`;
  let affirmation = cache.get<Affirmation>(key);
  if (!affirmation) {
    affirmation = await writeAffirmation(userId, date);
    cache.set(key, affirmation, AFFIRMATION_TTL_SECONDS);
  }
  return c.json(affirmation);
});
