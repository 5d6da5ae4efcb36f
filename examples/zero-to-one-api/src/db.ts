import { config } from './config.js';
import { Database, type DatabaseError, type QueryResult } from './infrastructure/database/Database.js';

export interface RetryOptions {
  attempts?: number;
  baseDelayMs?: number;
  maxDelayMs?: number;
}

export interface ConnectionHealth {
  healthy: boolean;
  latencyMs: number;
  timestamp: string;
  error?: string;
}

export class DatabaseFailure extends Error {
  constructor(readonly cause: DatabaseError) {
    super(`The database failed: ${cause.message}`);
    this.name = 'DatabaseFailure';
  }
}

const TRANSIENT = new Set(['ECONNRESET', 'ETIMEDOUT', 'EMFILE', 'EAGAIN']);
const HEALTH_MAX_AGE_MS = 30_000;

export const database = new Database(config.database);

let lastHealthCheck: ConnectionHealth | null = null;

/** Runs an operation again, later each time, while the database reports a passing fault. */
export async function withRetry<T>(
  operation: () => Promise<QueryResult<T>>,
  { attempts = 4, baseDelayMs = 100, maxDelayMs = 2000 }: RetryOptions = {},
): Promise<T | null> {
  for (let attempt = 1; ; attempt++) {
    const { data, error } = await operation();
    if (!error) {
      return data;
    }
    if (attempt >= attempts || !TRANSIENT.has(error.code)) {
      throw new DatabaseFailure(error);
    }
    const delay = Math.min(baseDelayMs * 2 ** (attempt - 1), maxDelayMs);
    await new Promise<void>((resolve) => setTimeout(resolve, delay));
  }
}

export async function checkConnectionHealth(forceRefresh = false): Promise<ConnectionHealth> {
  if (!forceRefresh && lastHealthCheck) {
    const age = Date.now() - Date.parse(lastHealthCheck.timestamp);
    if (age < HEALTH_MAX_AGE_MS) {
      return lastHealthCheck;
    }
  }
  const started = Date.now();
  const { error } = await database.ping();
  lastHealthCheck = {
    healthy: error === null,
    latencyMs: Date.now() - started,
    timestamp: new Date().toISOString(),
    ...(error ? { error: error.message } : {}),
  };
  return lastHealthCheck;
}

/** The last known state of the database, without asking it. */
export function connectionHealth(): ConnectionHealth | null {
  return lastHealthCheck;
}
