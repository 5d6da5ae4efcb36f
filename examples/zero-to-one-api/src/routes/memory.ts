import { Router } from 'express';
import { addFact, getUserMemory } from '../memory.js';
import { userOf } from '../middleware/currentUser.js';
import { textField } from '../middleware/readBody.js';

export function memoryRoutes(): Router {
  const router = Router();

  router.get('/', (_req, res) => {
    res.json(getUserMemory(userOf(res)));
  });

  router.post('/facts', (req, res) => {
    const known = addFact(userOf(res), textField(req, 'fact', 500));
    res.status(201).json({ known });
  });

  return router;
}
