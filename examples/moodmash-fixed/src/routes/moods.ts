import { type Context, Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { AppEnv } from '../env.js';
import * as cache from '../services/cache.js';
import { metrics } from '../services/metrics.js';
import { type NewMood, findMood, logMood, recentMoods } from '../services/moods.js';

const COMMON_EMOTIONS = new Set(['angry', 'anxious', 'calm', 'excited', 'grateful', 'happy', 'sad', 'tired']);
const MAX_LIMIT = 100;
const LIST_TTL_SECONDS = 60;

export const moods = new Hono<AppEnv>();

moods.post('/', async (c) => {
  const userId = c.get('userId');
  const mood = await logMood(c.env.DB, userId, await readMood(c));
  metrics.increment(`mood_logged.${COMMON_EMOTIONS.has(mood.emotion) ? mood.emotion : 'other'}`);
  cache.forget(`insights:${userId}:30`);
  return c.json({ mood }, 201);
});

moods.get('/', async (c) => {
  const userId = c.get('userId');
  const limit = Math.min(Number(c.req.query('limit') ?? 20) || 20, MAX_LIMIT);
  const list = await cache.remember(`moods:${userId}:${limit}`, LIST_TTL_SECONDS, () => recentMoods(c.env.DB, userId, limit));
  return c.json({ moods: list });
});

moods.get('/:id', async (c) => {
  const mood = await findMood(c.env.DB, c.get('userId'), c.req.param('id'));
  if (!mood) {
    throw new HTTPException(404, { message: 'There is no such mood' });
  }
  return c.json({ mood });
});

async function readMood(c: Context<AppEnv>): Promise<NewMood> {
  const body = await c.req.json<Partial<NewMood>>().catch(() => {
    throw new HTTPException(400, { message: 'The body must be JSON' });
  });
  const emotion = typeof body.emotion === 'string' ? body.emotion.trim().toLowerCase() : '';
  const intensity = Number(body.intensity ?? 5);
  if (emotion === '' || emotion.length > 32) {
    throw new HTTPException(400, { message: 'emotion must have 1 to 32 characters' });
  }
  if (!Number.isInteger(intensity) || intensity < 1 || intensity > 10) {
    throw new HTTPException(400, { message: 'intensity must be a whole number from 1 to 10' });
  }
  return { emotion, intensity, note: String(body.note ?? '').slice(0, 500) };
}
