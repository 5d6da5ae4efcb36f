import type { Project } from '../../../domain/project.js';
import { type ProjectRepository, StaleVersion } from '../../../domain/ProjectRepository.js';

export class InMemoryProjectRepository implements ProjectRepository {
  private readonly projects = new Map<string, Project>();

  async find(ownerId: string, id: string): Promise<Project | null> {
    const project = this.projects.get(id);
    return project?.ownerId === ownerId ? structuredClone(project) : null;
  }

  async listFor(ownerId: string, limit: number): Promise<Project[]> {
    return this.ownedBy(ownerId)
      .sort((left, right) => right.id.localeCompare(left.id))
      .slice(0, limit)
      .map((project) => structuredClone(project));
  }

  async countFor(ownerId: string): Promise<number> {
    return this.ownedBy(ownerId).length;
  }

  async save(project: Project): Promise<Project> {
    if ((this.projects.get(project.id)?.version ?? 0) !== project.version) {
      throw new StaleVersion(`Project ${project.id}`);
    }
    const next = structuredClone({ ...project, version: project.version + 1 });
    this.projects.set(project.id, next);
    return structuredClone(next);
  }

  async remove(ownerId: string, id: string): Promise<void> {
    if (this.projects.get(id)?.ownerId === ownerId) {
      this.projects.delete(id);
    }
  }

  clear(): void {
    this.projects.clear();
  }

  private ownedBy(ownerId: string): Project[] {
    return [...this.projects.values()].filter((project) => project.ownerId === ownerId);
  }
}
