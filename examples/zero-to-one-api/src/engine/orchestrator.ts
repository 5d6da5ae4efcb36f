import { newId } from '../domain/ids.js';
import type { Project, Substep } from '../domain/project.js';
import { HttpError } from '../middleware/errors.js';
import { buildPhases } from './phases.js';

export interface ProjectSummary {
  id: string;
  title: string;
  status: Project['status'];
  answered: number;
  total: number;
}

const projects = new Map<string, Project>();

export function createProject(ownerId: string, title: string, idea: string): Project {
  const now = new Date().toISOString();
  const project: Project = {
    id: newId(),
    ownerId,
    title,
    idea,
    status: 'active',
    phases: buildPhases(title, idea),
    createdAt: now,
    updatedAt: now,
  };
  projects.set(project.id, project);
  return project;
}

export function getProject(ownerId: string, id: string): Project {
  const project = projects.get(id);
  if (!project || project.ownerId !== ownerId) {
    throw new HttpError(404, `There is no project ${id}`);
  }
  return project;
}

export function listProjects(ownerId: string): ProjectSummary[] {
  const mine: ProjectSummary[] = [];
  for (const project of projects.values()) {
    if (project.ownerId === ownerId) {
      mine.push(summarise(project));
    }
  }
  return mine;
}

export function answerSubstep(ownerId: string, id: string, substepKey: string, answer: string): Project {
  const project = getProject(ownerId, id);
  const substep = allSubsteps(project).find((candidate) => candidate.key === substepKey);
  if (!substep) {
    throw new HttpError(404, `Project ${id} has no step ${substepKey}`);
  }
  substep.answer = answer;
  substep.answeredAt = new Date().toISOString();
  const finished = allSubsteps(project).every((candidate) => candidate.answer !== null);
  const updated: Project = {
    ...project,
    status: finished ? 'finished' : 'active',
    updatedAt: substep.answeredAt,
  };
  projects.set(id, updated);
  return updated;
}

export function nextSubstep(project: Project): Substep | null {
  return allSubsteps(project).find((substep) => substep.answer === null) ?? null;
}

export function summarise(project: Project): ProjectSummary {
  const substeps = allSubsteps(project);
  return {
    id: project.id,
    title: project.title,
    status: project.status,
    answered: substeps.filter((substep) => substep.answer !== null).length,
    total: substeps.length,
  };
}

function allSubsteps(project: Project): Substep[] {
  return project.phases.flatMap((phase) => phase.substeps);
}
