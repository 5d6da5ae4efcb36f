import { config } from './config.js';
import { Database, type DatabaseError, type QueryResult } from './infrastructure/database/Database.js';
import { ConcurrencyLimit } from './lib/concurrencyLimit.js';

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
export const operations = new ConcurrencyLimit(config.database.maxOperations, config.database.maxWaiting);

let lastHealthCheck: ConnectionHealth | null = null;
let healthExpiry: NodeJS.Timeout | null = null;

/** Runs an operation again, later each time, while the database reports a passing fault. */
export function withRetry<T>(operation: () => Promise<QueryResult<T>>, options: RetryOptions = {}): Promise<T | null> {
  return operations.run(() => retry(operation, options));
}

async function retry<T>(
  operation: () => Promise<QueryResult<T>>,
  { attempts = 4, baseDelayMs = 100, maxDelayMs = 2000 }: RetryOptions,
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
    return lastHealthCheck;
  }
  const started = Date.now();
  const { error } = await database.ping();
  const health: ConnectionHealth = {
    healthy: error === null,
    latencyMs: Date.now() - started,
    timestamp: new Date().toISOString(),
    ...(error ? { error: error.message } : {}),
  };
  keepHealth(health);
  return health;
}

/** The state of the database in the last half minute, without asking it. */
export function connectionHealth(): ConnectionHealth | null {
  return lastHealthCheck;
}

function keepHealth(health: ConnectionHealth): void {
  lastHealthCheck = health;
  if (healthExpiry) {
    clearTimeout(healthExpiry);
  }
  healthExpiry = setTimeout(() => {
    lastHealthCheck = null;
    healthExpiry = null;
  }, HEALTH_MAX_AGE_MS);
  healthExpiry.unref();
}
