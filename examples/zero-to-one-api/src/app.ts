import express, { type Express } from 'express';
import { database } from './db.js';
import { DatabaseProjectRepository } from './infrastructure/persistence/database/DatabaseProjectRepository.js';
import { currentUser } from './middleware/currentUser.js';
import { errorHandler, notFound } from './middleware/errors.js';
import { chatRoutes } from './routes/chat.js';
import { healthRoutes } from './routes/health.js';
import { memoryRoutes } from './routes/memory.js';
import { projectRoutes } from './routes/projects.js';
import { ProjectArchive } from './services/projectArchive.js';
import { ThreadService } from './services/threadService.js';

export function createApp(): Express {
  const archive = new ProjectArchive(new DatabaseProjectRepository(database));
  const threads = new ThreadService(database);

  const app = express();
  app.disable('x-powered-by');
  app.use(express.json({ limit: '64kb' }));

  app.use('/health', healthRoutes());
  app.use('/api', currentUser);
  app.use('/api/projects', projectRoutes(archive));
  app.use('/api/chat', chatRoutes(threads));
  app.use('/api/memory', memoryRoutes());

  app.use(notFound);
  app.use(errorHandler);
  return app;
}
