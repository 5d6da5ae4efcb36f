import type { Project } from './project.js';

export interface ProjectRepository {
  find(ownerId: string, id: string): Promise<Project | null>;
  listFor(ownerId: string, limit: number): Promise<Project[]>;
  save(project: Project): Promise<void>;
}
