import type { RequestHandler } from 'express';
import { LRUCache } from 'lru-cache';
import { userOf } from './currentUser.js';
import { HttpError } from './errors.js';

const COUNTED_USERS = 1000;
const HOUR_MS = 3_600_000;

/** Lets a user do something so many times an hour; the hour starts with the first time. */
export function perUserLimit(what: string, perHour: number): RequestHandler {
  const windows = new LRUCache<string, { used: number }>({ max: COUNTED_USERS, ttl: HOUR_MS });

  return (_req, res, next) => {
    const userId = userOf(res);
    const window = windows.get(userId);
    if (!window) {
      windows.set(userId, { used: 1 });
    } else if (window.used < perHour) {
      window.used += 1;
    } else {
      res.set('Retry-After', String(Math.ceil(windows.getRemainingTTL(userId) / 1000)));
      throw new HttpError(429, `${perHour} ${what} an hour are the limit`);
    }
    next();
  };
}
