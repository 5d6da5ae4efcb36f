import {
  MAX_FACTS,
  MAX_IDLE_SECONDS,
  type RememberedMessage,
  THREAD_LENGTH,
  type UserMemory,
  type UserMemoryStore,
} from '../../domain/UserMemoryStore.js';

/** The commands that this store needs; a client of the `redis` package has them all. */
export interface RedisCommands {
  rPush(key: string, values: string[]): Promise<unknown>;
  lTrim(key: string, start: number, stop: number): Promise<unknown>;
  lRange(key: string, start: number, stop: number): Promise<string[]>;
  expire(key: string, seconds: number): Promise<unknown>;
}

export class RedisUserMemoryStore implements UserMemoryStore {
  constructor(private readonly redis: RedisCommands) {}

  async read(userId: string): Promise<UserMemory> {
    const [facts, thread] = await Promise.all([
      this.redis.lRange(factsKey(userId), 0, -1),
      this.redis.lRange(threadKey(userId), 0, -1),
    ]);
    return { facts, thread: thread.map((line) => JSON.parse(line) as RememberedMessage) };
  }

  async append(userId: string, { facts, thread }: UserMemory): Promise<void> {
    await this.extend(factsKey(userId), facts, MAX_FACTS);
    await this.extend(threadKey(userId), thread.map((message) => JSON.stringify(message)), THREAD_LENGTH);
  }

  private async extend(key: string, values: string[], length: number): Promise<void> {
    if (values.length > 0) {
      await this.redis.rPush(key, values);
      await this.redis.lTrim(key, -length, -1);
    }
    await this.redis.expire(key, MAX_IDLE_SECONDS);
  }
}

function factsKey(userId: string): string {
  return `memory:${userId}:facts`;
}

function threadKey(userId: string): string {
  return `memory:${userId}:thread`;
}
