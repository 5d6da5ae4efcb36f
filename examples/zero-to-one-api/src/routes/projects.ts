import { Router } from 'express';
import { answerSubstep, createProject, getProject, listProjects, nextSubstep } from '../engine/orchestrator.js';
import { userOf } from '../middleware/currentUser.js';
import { textField } from '../middleware/readBody.js';
import type { ProjectArchive } from '../services/projectArchive.js';

export function projectRoutes(archive: ProjectArchive): Router {
  const router = Router();

  router.get('/', (_req, res) => {
    res.json({ projects: listProjects(userOf(res)) });
  });

  router.post('/', (req, res) => {
    const project = createProject(userOf(res), textField(req, 'title', 120), textField(req, 'idea', 2000));
    res.status(201).json({ project, next: nextSubstep(project) });
  });

  router.get('/archived', async (_req, res) => {
    res.json({ projects: await archive.listFor(userOf(res)) });
  });

  router.get('/:id', (req, res) => {
    const project = getProject(userOf(res), req.params.id);
    res.json({ project, next: nextSubstep(project) });
  });

  router.put('/:id/steps/:step', (req, res) => {
    const answer = textField(req, 'answer', 4000);
    const project = answerSubstep(userOf(res), req.params.id, req.params.step, answer);
    res.json({ project, next: nextSubstep(project) });
  });

  router.post('/:id/archive', async (req, res) => {
    const archived = await archive.add(getProject(userOf(res), req.params.id));
    res.json({ archived });
  });

  return router;
}
