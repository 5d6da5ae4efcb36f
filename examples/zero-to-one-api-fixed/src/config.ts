import path from 'node:path';

function numberFrom(name: string, fallback: number): number {
  const value = Number(process.env[name] ?? fallback);
  if (!Number.isFinite(value) || value < 0) {
    throw new Error(`${name} must be a number that is not negative`);
  }
  return value;
}

export const config = {
  port: numberFrom('PORT', 3000),
  database: {
    directory: path.join(path.resolve(process.env.DATA_DIR ?? 'data'), 'tables'),
    maxConnections: numberFrom('DB_POOL_SIZE', 10),
    maxOperations: numberFrom('DB_MAX_OPERATIONS', 50),
    maxWaiting: numberFrom('DB_MAX_WAITING', 500),
    failureRate: numberFrom('DB_FAILURE_RATE', 0),
  },
  model: {
    replyWords: numberFrom('MODEL_REPLY_WORDS', 24),
    tokenDelayMs: numberFrom('MODEL_TOKEN_DELAY_MS', 4),
  },
  limits: {
    activeProjects: numberFrom('LIMIT_ACTIVE_PROJECTS', 50),
    projectsPerHour: numberFrom('LIMIT_PROJECTS_PER_HOUR', 30),
    factsPerHour: numberFrom('LIMIT_FACTS_PER_HOUR', 120),
    chatsPerHour: numberFrom('LIMIT_CHATS_PER_HOUR', 240),
  },
} as const;
