import { Router } from 'express';
import { config } from '../config.js';
import { type Orchestrator, nextSubstep } from '../engine/orchestrator.js';
import { userOf } from '../middleware/currentUser.js';
import { perUserLimit } from '../middleware/perUserLimit.js';
import { textField } from '../middleware/readBody.js';
import type { ProjectArchive } from '../services/projectArchive.js';

export function projectRoutes(orchestrator: Orchestrator, archive: ProjectArchive): Router {
  const router = Router();
  const createLimit = perUserLimit('new projects', config.limits.projectsPerHour);

  router.get('/', async (_req, res) => {
    res.json({ projects: await orchestrator.listProjects(userOf(res)) });
  });

  router.post('/', createLimit, async (req, res) => {
    const title = textField(req, 'title', 120);
    const project = await orchestrator.createProject(userOf(res), title, textField(req, 'idea', 2000));
    res.status(201).json({ project, next: nextSubstep(project) });
  });

  router.get('/archived', async (_req, res) => {
    res.json({ projects: await archive.listFor(userOf(res)) });
  });

  router.get('/:id', async (req, res) => {
    const project = await orchestrator.getProject(userOf(res), req.params.id);
    res.json({ project, next: nextSubstep(project) });
  });

  router.put('/:id/steps/:step', async (req, res) => {
    const answer = textField(req, 'answer', 4000);
    const project = await orchestrator.answerSubstep(userOf(res), req.params.id, req.params.step, answer);
    res.json({ project, next: nextSubstep(project) });
  });

  router.post('/:id/archive', async (req, res) => {
    const project = await orchestrator.getProject(userOf(res), req.params.id);
    const archived = await archive.add(project);
    await orchestrator.closeProject(project.ownerId, project.id);
    res.json({ archived });
  });

  return router;
}
