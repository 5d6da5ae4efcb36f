import path from 'node:path';

function numberFrom(name: string, fallback: number): number {
  const value = Number(process.env[name] ?? fallback);
  if (!Number.isFinite(value) || value < 0) {
    throw new Error(`${name} must be a number that is not negative`);
  }
  return value;
}

const dataDirectory = path.resolve(process.env.DATA_DIR ?? 'data');

export const config = {
  port: numberFrom('PORT', 3000),
  memoryFile: path.join(dataDirectory, 'memory.json'),
  database: {
    directory: path.join(dataDirectory, 'tables'),
    maxConnections: numberFrom('DB_POOL_SIZE', 10),
    failureRate: numberFrom('DB_FAILURE_RATE', 0),
  },
  model: {
    replyWords: numberFrom('MODEL_REPLY_WORDS', 24),
    tokenDelayMs: numberFrom('MODEL_TOKEN_DELAY_MS', 4),
  },
} as const;
