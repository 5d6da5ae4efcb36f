interface CacheEntry {
  data: unknown;
  createdAt: number;
  expiresAt: number;
}

export interface CacheStats {
  entries: number;
  hits: number;
  misses: number;
  hitRate: number;
}

const DEFAULT_TTL_SECONDS = 300;

const cache = new Map<string, CacheEntry>();
let hits = 0;
let misses = 0;

export function get<T>(key: string): T | null {
  const entry = cache.get(key);
  if (!entry) {
    misses += 1;
    return null;
  }
  if (Date.now() > entry.expiresAt) {
    cache.delete(key);
    misses += 1;
    return null;
  }
  hits += 1;
  return entry.data as T;
}

export function set(key: string, data: unknown, ttlSeconds = DEFAULT_TTL_SECONDS): void {
  const now = Date.now();
  cache.set(key, { data, createdAt: now, expiresAt: now + ttlSeconds * 1000 });
}

/** The cached value, or the loaded one, which is then cached. */
export async function remember<T>(key: string, ttlSeconds: number, load: () => Promise<T>): Promise<T> {
  const known = get<T>(key);
  if (known !== null) {
    return known;
  }
  const loaded = await load();
  set(key, loaded, ttlSeconds);
  return loaded;
}

export function forget(key: string): void {
  cache.delete(key);
}

export function cleanExpired(): number {
  const now = Date.now();
  let removed = 0;
  for (const [key, entry] of cache) {
    if (now > entry.expiresAt) {
      cache.delete(key);
      removed += 1;
    }
  }
  return removed;
}

export function stats(): CacheStats {
  const lookups = hits + misses;
  return { entries: cache.size, hits, misses, hitRate: lookups === 0 ? 0 : hits / lookups };
}
