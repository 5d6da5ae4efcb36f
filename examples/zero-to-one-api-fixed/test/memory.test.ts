import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_FACTS } from '../src/domain/UserMemoryStore.js';
import { type RedisCommands, RedisUserMemoryStore } from '../src/infrastructure/memory/RedisUserMemoryStore.js';
import { ConcurrencyLimit, Overloaded } from '../src/lib/concurrencyLimit.js';
import { MemoryService } from '../src/memory.js';

class FakeRedis implements RedisCommands {
  readonly lists = new Map<string, string[]>();

  async rPush(key: string, values: string[]): Promise<void> {
    this.lists.set(key, [...(this.lists.get(key) ?? []), ...values]);
  }

  async lTrim(key: string, start: number): Promise<void> {
    this.lists.set(key, (this.lists.get(key) ?? []).slice(start));
  }

  async lRange(key: string): Promise<string[]> {
    return this.lists.get(key) ?? [];
  }

  async expire(): Promise<void> {}
}

test('the newest facts stay, whichever instance learned them', async () => {
  const store = new RedisUserMemoryStore(new FakeRedis());
  const [first, second] = [new MemoryService(store), new MemoryService(store)];
  for (let index = 0; index < MAX_FACTS; index++) {
    await first.addFact('ada', `old ${index}`);
  }
  await first.flush();
  await second.addFact('ada', 'new');

  const { facts } = await second.recall('ada');
  assert.equal(facts.length, MAX_FACTS);
  assert.deepEqual([facts[0], facts.at(-1)], ['old 1', 'new']);
  await second.flush();
});

test('a flush leaves nothing unwritten', async () => {
  const redis = new FakeRedis();
  const memory = new MemoryService(new RedisUserMemoryStore(redis));
  await memory.addFact('ada', 'sails');
  await memory.rememberMessage('grace', 'user', 'hello');
  await memory.flush();

  assert.equal(memory.pendingUsers, 0);
  assert.deepEqual(redis.lists.get('memory:ada:facts'), ['sails']);
  assert.equal(redis.lists.get('memory:grace:thread')?.length, 1);
});

test('operations beyond the waiting room are turned away', async () => {
  const limit = new ConcurrencyLimit(1, 1);
  let finish = () => {};
  const running = limit.run(() => new Promise<void>((resolve) => (finish = resolve)));
  const waiting = limit.run(async () => 'done');

  await assert.rejects(limit.run(async () => 'never'), Overloaded);
  finish();
  await running;
  assert.equal(await waiting, 'done');
  assert.deepEqual(limit.load, { active: 0, waiting: 0 });
});
