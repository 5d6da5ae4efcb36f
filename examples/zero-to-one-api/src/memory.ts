import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { config } from './config.js';

export interface RememberedMessage {
  role: 'user' | 'assistant';
  content: string;
  at: string;
}

export interface UserMemory {
  facts: string[];
  thread: RememberedMessage[];
}

type MemoryStore = Record<string, UserMemory>;

const THREAD_LENGTH = 40;
const SAVE_DEBOUNCE_MS = 1500;

let memoryStore: MemoryStore = {};
let saveTimeout: NodeJS.Timeout | null = null;
let hasPendingChanges = false;

export async function loadMemoryStore(): Promise<void> {
  try {
    memoryStore = JSON.parse(await readFile(config.memoryFile, 'utf8')) as MemoryStore;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw error;
    }
  }
}

export function getUserMemory(userId: string): UserMemory {
  const known = memoryStore[userId];
  if (known && Object.hasOwn(memoryStore, userId)) {
    return known;
  }
  const fresh: UserMemory = { facts: [], thread: [] };
  memoryStore[userId] = fresh;
  return fresh;
}

export function addFact(userId: string, fact: string): number {
  const memory = getUserMemory(userId);
  memory.facts.push(fact.trim());
  scheduleSave();
  return memory.facts.length;
}

export function rememberMessage(userId: string, role: RememberedMessage['role'], content: string): void {
  const { thread } = getUserMemory(userId);
  thread.push({ role, content, at: new Date().toISOString() });
  if (thread.length > THREAD_LENGTH) {
    thread.splice(0, thread.length - THREAD_LENGTH);
  }
  scheduleSave();
}

export async function flushMemoryStore(): Promise<void> {
  if (saveTimeout) {
    clearTimeout(saveTimeout);
    saveTimeout = null;
  }
  if (hasPendingChanges) {
    await saveMemoryStore();
  }
}

function scheduleSave(): void {
  hasPendingChanges = true;
  if (saveTimeout) {
    clearTimeout(saveTimeout);
    saveTimeout = null;
  }
  saveTimeout = setTimeout(() => {
    saveTimeout = null;
    saveMemoryStore().catch((error: unknown) => {
      console.error('Could not save the memory file; the next change tries again', error);
    });
  }, SAVE_DEBOUNCE_MS);
}

async function saveMemoryStore(): Promise<void> {
  hasPendingChanges = false;
  const draft = `${config.memoryFile}.draft`;
  try {
    await mkdir(path.dirname(config.memoryFile), { recursive: true });
    await writeFile(draft, JSON.stringify(memoryStore));
    await rename(draft, config.memoryFile);
  } catch (error) {
    hasPendingChanges = true;
    throw error;
  }
}
