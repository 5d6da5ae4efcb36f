import type { Project } from '../../../domain/project.js';
import type { ProjectRepository } from '../../../domain/ProjectRepository.js';

export class InMemoryProjectRepository implements ProjectRepository {
  private readonly projects = new Map<string, Project>();

  async find(ownerId: string, id: string): Promise<Project | null> {
    const project = this.projects.get(id);
    return project?.ownerId === ownerId ? structuredClone(project) : null;
  }

  async listFor(ownerId: string, limit: number): Promise<Project[]> {
    return [...this.projects.values()]
      .filter((project) => project.ownerId === ownerId)
      .sort((left, right) => right.id.localeCompare(left.id))
      .slice(0, limit)
      .map((project) => structuredClone(project));
  }

  async save(project: Project): Promise<void> {
    this.projects.set(project.id, structuredClone(project));
  }

  clear(): void {
    this.projects.clear();
  }
}
