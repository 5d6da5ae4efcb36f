import { DatabaseFailure, withRetry } from '../../db.js';
import {
  MAX_IDLE_SECONDS,
  type UserMemory,
  type UserMemoryStore,
  emptyMemory,
  merged,
} from '../../domain/UserMemoryStore.js';
import type { Database } from '../database/Database.js';

interface MemoryRow extends UserMemory {
  id: string;
  version: number;
  expiresAt: number;
}

const TABLE = 'user_memory';
const MAX_CONFLICTS = 5;

export class DatabaseUserMemoryStore implements UserMemoryStore {
  constructor(private readonly database: Database) {}

  async read(userId: string): Promise<UserMemory> {
    const row = await this.row(userId);
    return row && row.expiresAt > Date.now() ? { facts: row.facts, thread: row.thread } : emptyMemory();
  }

  async append(userId: string, additions: UserMemory): Promise<void> {
    for (let conflicts = 0; ; conflicts++) {
      const row = await this.row(userId);
      const known = row && row.expiresAt > Date.now() ? row : emptyMemory();
      const next: MemoryRow = {
        ...merged(known, additions),
        id: userId,
        version: (row?.version ?? 0) + 1,
        expiresAt: Date.now() + MAX_IDLE_SECONDS * 1000,
      };
      try {
        await withRetry(() => this.database.upsert(TABLE, userId, next));
        return;
      } catch (error) {
        const conflict = error instanceof DatabaseFailure && error.cause.code === 'CONFLICT';
        if (!conflict || conflicts >= MAX_CONFLICTS) {
          throw error;
        }
      }
    }
  }

  private row(userId: string): Promise<MemoryRow | null> {
    return withRetry(() => this.database.select<MemoryRow>(TABLE, userId, userId));
  }
}
