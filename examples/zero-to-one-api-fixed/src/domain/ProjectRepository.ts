import type { Project } from './project.js';

export interface ProjectRepository {
  find(ownerId: string, id: string): Promise<Project | null>;
  listFor(ownerId: string, limit: number): Promise<Project[]>;
  countFor(ownerId: string): Promise<number>;
  /** Stores the project as its next version, which is returned. Throws `StaleVersion` when somebody was faster. */
  save(project: Project): Promise<Project>;
  remove(ownerId: string, id: string): Promise<void>;
}

export class StaleVersion extends Error {
  constructor(what: string) {
    super(`${what} has been changed by somebody else; load it again`);
    this.name = 'StaleVersion';
  }
}
