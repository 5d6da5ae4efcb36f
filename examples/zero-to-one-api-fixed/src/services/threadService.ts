import { withRetry } from '../db.js';
import { newId } from '../domain/ids.js';
import type { Database } from '../infrastructure/database/Database.js';

export interface ThreadMessage {
  id: string;
  threadId: string;
  role: 'user' | 'assistant';
  content: string;
  createdAt: string;
}

const TABLE = 'messages';
const MAX_HISTORY_MESSAGES = 10;

export class ThreadService {
  constructor(private readonly database: Database) {}

  async append(threadId: string, role: ThreadMessage['role'], content: string): Promise<void> {
    const message: ThreadMessage = { id: newId(), threadId, role, content, createdAt: new Date().toISOString() };
    await withRetry(() => this.database.upsert(TABLE, threadId, message));
  }

  /** The newest messages of a thread, oldest first. */
  async getRecentMessages(threadId: string, limit = MAX_HISTORY_MESSAGES): Promise<ThreadMessage[]> {
    const newest = await withRetry(() => this.database.selectNewest<ThreadMessage>(TABLE, threadId, { limit }));
    return (newest ?? []).reverse();
  }
}
