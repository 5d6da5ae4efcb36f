interface CacheEntry {
  data: unknown;
  createdAt: number;
  expiresAt: number;
}

export interface CacheStats {
  entries: number;
  maxEntries: number;
  hits: number;
  misses: number;
  hitRate: number;
  evictions: number;
  expired: number;
}

const DEFAULT_TTL_SECONDS = 300;
const MAX_ENTRIES = 1000;
const SWEEP_EVERY_MS = 60_000;

// In the order of their last use: the first one is the next to leave.
const cache = new Map<string, CacheEntry>();
let lastSweep = Date.now();
let hits = 0;
let misses = 0;
let evictions = 0;
let expired = 0;

export function get<T>(key: string): T | null {
  sweepWhenDue();
  const entry = cache.get(key);
  if (!entry) {
    misses += 1;
    return null;
  }
  cache.delete(key);
  if (Date.now() > entry.expiresAt) {
    expired += 1;
    misses += 1;
    return null;
  }
  cache.set(key, entry);
  hits += 1;
  return entry.data as T;
}

export function set(key: string, data: unknown, ttlSeconds = DEFAULT_TTL_SECONDS): void {
  sweepWhenDue();
  const now = Date.now();
  cache.delete(key);
  while (cache.size >= MAX_ENTRIES) {
    evictLeastRecentlyUsed();
  }
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
  expired += removed;
  return removed;
}

export function stats(): CacheStats {
  const lookups = hits + misses;
  return {
    entries: cache.size,
    maxEntries: MAX_ENTRIES,
    hits,
    misses,
    hitRate: lookups === 0 ? 0 : hits / lookups,
    evictions,
    expired,
  };
}

/** Workers have no timers between requests, so the requests themselves keep the cache tidy. */
function sweepWhenDue(): void {
  const now = Date.now();
  if (now - lastSweep >= SWEEP_EVERY_MS) {
    lastSweep = now;
    cleanExpired();
  }
}

function evictLeastRecentlyUsed(): void {
  const oldest = cache.keys().next();
  if (!oldest.done) {
    cache.delete(oldest.value);
    evictions += 1;
  }
}
