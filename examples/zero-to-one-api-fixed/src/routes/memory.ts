import { Router } from 'express';
import { config } from '../config.js';
import type { MemoryService } from '../memory.js';
import { userOf } from '../middleware/currentUser.js';
import { perUserLimit } from '../middleware/perUserLimit.js';
import { textField } from '../middleware/readBody.js';

export function memoryRoutes(memory: MemoryService): Router {
  const router = Router();

  router.get('/', async (_req, res) => {
    res.json(await memory.recall(userOf(res)));
  });

  router.post('/facts', perUserLimit('facts', config.limits.factsPerHour), async (req, res) => {
    const fact = textField(req, 'fact', 500);
    await memory.addFact(userOf(res), fact);
    res.status(201).json({ fact });
  });

  return router;
}
