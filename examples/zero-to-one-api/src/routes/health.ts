import { Router } from 'express';
import { checkConnectionHealth, connectionHealth } from '../db.js';

export function healthRoutes(): Router {
  const router = Router();

  router.get('/', async (req, res) => {
    const database = await checkConnectionHealth(req.query.refresh === 'true');
    res.status(database.healthy ? 200 : 503).json({ database });
  });

  router.get('/summary', (_req, res) => {
    res.json({ uptimeSeconds: Math.round(process.uptime()), database: connectionHealth() });
  });

  return router;
}
