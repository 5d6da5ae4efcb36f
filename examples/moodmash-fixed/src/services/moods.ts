import type { SqlDatabase } from '../env.js';

export interface Mood {
  id: string;
  user_id: string;
  emotion: string;
  intensity: number;
  note: string;
  logged_at: string;
}

export interface NewMood {
  emotion: string;
  intensity: number;
  note: string;
}

export interface Insights {
  entries: number;
  averageIntensity: number;
  byEmotion: Record<string, number>;
  latest: Mood | null;
}

const INSIGHT_ENTRIES = 200;

export async function logMood(db: SqlDatabase, userId: string, mood: NewMood): Promise<Mood> {
  const row: Mood = {
    id: crypto.randomUUID(),
    user_id: userId,
    ...mood,
    logged_at: new Date().toISOString(),
  };
  await db
    .prepare('INSERT INTO moods (id, user_id, emotion, intensity, note, logged_at) VALUES (?, ?, ?, ?, ?, ?)')
    .bind(row.id, row.user_id, row.emotion, row.intensity, row.note, row.logged_at)
    .run();
  return row;
}

export function findMood(db: SqlDatabase, userId: string, id: string): Promise<Mood | null> {
  return db.prepare('SELECT * FROM moods WHERE user_id = ? AND id = ?').bind(userId, id).first<Mood>();
}

export async function recentMoods(db: SqlDatabase, userId: string, limit: number): Promise<Mood[]> {
  const { results } = await db
    .prepare('SELECT * FROM moods WHERE user_id = ? ORDER BY logged_at DESC LIMIT ?')
    .bind(userId, limit)
    .all<Mood>();
  return results;
}

export async function insightsFor(db: SqlDatabase, userId: string, days: number): Promise<Insights> {
  const since = new Date(Date.now() - days * 86_400_000).toISOString();
  const moods = (await recentMoods(db, userId, INSIGHT_ENTRIES)).filter((mood) => mood.logged_at >= since);
  const byEmotion: Record<string, number> = {};
  let total = 0;
  for (const mood of moods) {
    byEmotion[mood.emotion] = (byEmotion[mood.emotion] ?? 0) + 1;
    total += mood.intensity;
  }
  return {
    entries: moods.length,
    averageIntensity: moods.length === 0 ? 0 : total / moods.length,
    byEmotion,
    latest: moods[0] ?? null,
  };
}
