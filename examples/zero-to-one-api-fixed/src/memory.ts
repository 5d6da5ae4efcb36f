import {
  type RememberedMessage,
  type UserMemory,
  type UserMemoryStore,
  emptyMemory,
  merged,
} from './domain/UserMemoryStore.js';

const SAVE_DELAY_MS = 1500;
const MAX_PENDING_USERS = 200;

/** Gathers what is learned about users for a moment and then writes it to the shared store. */
export class MemoryService {
  private readonly pending = new Map<string, UserMemory>();
  private readonly writing = new Map<string, Promise<void>>();
  private saveTimeout: NodeJS.Timeout | null = null;

  constructor(private readonly store: UserMemoryStore) {}

  /** All that is known of a user, including what was learned a moment ago. */
  async recall(userId: string): Promise<UserMemory> {
    await this.write(userId);
    return this.store.read(userId);
  }

  addFact(userId: string, fact: string): Promise<void> {
    return this.note(userId, { facts: [fact.trim()], thread: [] });
  }

  rememberMessage(userId: string, role: RememberedMessage['role'], content: string): Promise<void> {
    return this.note(userId, { facts: [], thread: [{ role, content, at: new Date().toISOString() }] });
  }

  get pendingUsers(): number {
    return this.pending.size;
  }

  async flush(): Promise<void> {
    if (this.saveTimeout) {
      clearTimeout(this.saveTimeout);
      this.saveTimeout = null;
    }
    await Promise.all([...this.pending.keys()].map((userId) => this.write(userId)));
    await Promise.all(this.writing.values());
  }

  private async note(userId: string, additions: UserMemory): Promise<void> {
    if (this.pending.size >= MAX_PENDING_USERS && !this.pending.has(userId)) {
      await this.flush();
    }
    this.pending.set(userId, merged(this.pending.get(userId) ?? emptyMemory(), additions));
    this.saveTimeout ??= setTimeout(() => {
      this.saveTimeout = null;
      void this.flush();
    }, SAVE_DELAY_MS);
  }

  /** Writes of one user follow each other, so that the newest stays the newest. */
  private write(userId: string): Promise<void> {
    const earlier = this.writing.get(userId) ?? Promise.resolve();
    const additions = this.pending.get(userId);
    if (!additions) {
      return earlier;
    }
    this.pending.delete(userId);
    const write = earlier
      .then(() => this.store.append(userId, additions))
      .catch((error: unknown) => {
        console.error(`What was learned about ${userId} could not be saved`, error);
        this.keepForNextTime(userId, additions);
      })
      .finally(() => {
        if (this.writing.get(userId) === write) {
          this.writing.delete(userId);
        }
      });
    this.writing.set(userId, write);
    return write;
  }

  private keepForNextTime(userId: string, additions: UserMemory): void {
    const later = this.pending.get(userId);
    if (later || this.pending.size < MAX_PENDING_USERS) {
      this.pending.set(userId, merged(additions, later ?? emptyMemory()));
    }
  }
}
