import express, { type Express } from 'express';
import { database } from './db.js';
import { Orchestrator } from './engine/orchestrator.js';
import { DatabaseProjectRepository } from './infrastructure/persistence/database/DatabaseProjectRepository.js';
import type { MemoryService } from './memory.js';
import { currentUser } from './middleware/currentUser.js';
import { errorHandler, notFound } from './middleware/errors.js';
import { chatRoutes } from './routes/chat.js';
import { healthRoutes } from './routes/health.js';
import { memoryRoutes } from './routes/memory.js';
import { projectRoutes } from './routes/projects.js';
import { ProjectArchive } from './services/projectArchive.js';
import { ThreadService } from './services/threadService.js';

export function createApp(memory: MemoryService): Express {
  const orchestrator = new Orchestrator(new DatabaseProjectRepository(database, 'projects'));
  const archive = new ProjectArchive(new DatabaseProjectRepository(database, 'archived_projects'));
  const threads = new ThreadService(database);

  const app = express();
  app.disable('x-powered-by');
  app.use(express.json({ limit: '64kb' }));

  app.use('/health', healthRoutes(orchestrator, memory));
  app.use('/api', currentUser);
  app.use('/api/projects', projectRoutes(orchestrator, archive));
  app.use('/api/chat', chatRoutes(threads, memory));
  app.use('/api/memory', memoryRoutes(memory));

  app.use(notFound);
  app.use(errorHandler);
  return app;
}
