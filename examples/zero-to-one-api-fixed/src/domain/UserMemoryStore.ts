export interface RememberedMessage {
  role: 'user' | 'assistant';
  content: string;
  at: string;
}

export interface UserMemory {
  facts: string[];
  thread: RememberedMessage[];
}

export const MAX_FACTS = 100;
export const THREAD_LENGTH = 40;
export const MAX_IDLE_SECONDS = 7 * 24 * 3600;

/** What all instances of the service know about a user. Keeps the newest entries and forgets idle users. */
export interface UserMemoryStore {
  read(userId: string): Promise<UserMemory>;
  append(userId: string, additions: UserMemory): Promise<void>;
}

export function emptyMemory(): UserMemory {
  return { facts: [], thread: [] };
}

export function merged(known: UserMemory, additions: UserMemory): UserMemory {
  return {
    facts: [...known.facts, ...additions.facts].slice(-MAX_FACTS),
    thread: [...known.thread, ...additions.thread].slice(-THREAD_LENGTH),
  };
}
