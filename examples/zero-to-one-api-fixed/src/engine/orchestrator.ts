import { LRUCache } from 'lru-cache';
import { config } from '../config.js';
import { newId } from '../domain/ids.js';
import type { Project, Substep } from '../domain/project.js';
import type { ProjectRepository } from '../domain/ProjectRepository.js';
import { HttpError } from '../middleware/errors.js';
import { buildPhases } from './phases.js';

export interface ProjectSummary {
  id: string;
  title: string;
  status: Project['status'];
  answered: number;
  total: number;
}

const CACHED_PROJECTS = 200;
const CACHE_TTL_MS = 15_000;

/** Reads may come from the cache and be some seconds old; changes start from the stored project. */
export class Orchestrator {
  private readonly cache = new LRUCache<string, Project>({ max: CACHED_PROJECTS, ttl: CACHE_TTL_MS });

  constructor(private readonly repository: ProjectRepository) {}

  get cachedProjects(): number {
    return this.cache.size;
  }

  async createProject(ownerId: string, title: string, idea: string): Promise<Project> {
    const active = await this.repository.countFor(ownerId);
    if (active >= config.limits.activeProjects) {
      throw new HttpError(409, `You have ${active} active projects; archive one before you start another`);
    }
    const now = new Date().toISOString();
    return this.store({
      id: newId(),
      ownerId,
      title,
      idea,
      status: 'active',
      phases: buildPhases(title, idea),
      createdAt: now,
      updatedAt: now,
      version: 0,
    });
  }

  async getProject(ownerId: string, id: string): Promise<Project> {
    const cached = this.cache.get(id);
    if (cached?.ownerId === ownerId) {
      return cached;
    }
    const project = await this.load(ownerId, id);
    this.cache.set(id, project);
    return project;
  }

  async listProjects(ownerId: string): Promise<ProjectSummary[]> {
    const mine = await this.repository.listFor(ownerId, config.limits.activeProjects);
    return mine.map(summarise);
  }

  async answerSubstep(ownerId: string, id: string, substepKey: string, answer: string): Promise<Project> {
    const project = await this.load(ownerId, id);
    const substep = allSubsteps(project).find((candidate) => candidate.key === substepKey);
    if (!substep) {
      throw new HttpError(404, `Project ${id} has no step ${substepKey}`);
    }
    substep.answer = answer;
    substep.answeredAt = new Date().toISOString();
    const finished = allSubsteps(project).every((candidate) => candidate.answer !== null);
    return this.store({
      ...project,
      status: finished ? 'finished' : 'active',
      updatedAt: substep.answeredAt,
    });
  }

  async closeProject(ownerId: string, id: string): Promise<void> {
    await this.repository.remove(ownerId, id);
    this.cache.delete(id);
  }

  private async store(project: Project): Promise<Project> {
    const stored = await this.repository.save(project);
    this.cache.set(stored.id, stored);
    return stored;
  }

  private async load(ownerId: string, id: string): Promise<Project> {
    const project = await this.repository.find(ownerId, id);
    if (!project) {
      throw new HttpError(404, `There is no project ${id}`);
    }
    return project;
  }
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
