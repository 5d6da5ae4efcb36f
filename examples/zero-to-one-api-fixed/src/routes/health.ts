import { Router } from 'express';
import { checkConnectionHealth, connectionHealth, operations } from '../db.js';
import type { Orchestrator } from '../engine/orchestrator.js';
import type { MemoryService } from '../memory.js';

export function healthRoutes(orchestrator: Orchestrator, memory: MemoryService): Router {
  const router = Router();

  router.get('/', async (req, res) => {
    const database = await checkConnectionHealth(req.query.refresh === 'true');
    res.status(database.healthy ? 200 : 503).json({ database });
  });

  router.get('/summary', (_req, res) => {
    res.json({ uptimeSeconds: Math.round(process.uptime()), database: connectionHealth() });
  });

  router.get('/memory', (_req, res) => {
    const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
    res.json({
      process: { rss, heapUsed, heapTotal, external },
      held: {
        cachedProjects: orchestrator.cachedProjects,
        pendingUsers: memory.pendingUsers,
        databaseOperations: operations.load,
      },
    });
  });

  return router;
}
