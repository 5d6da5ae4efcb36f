import { DatabaseFailure, withRetry } from '../../../db.js';
import type { Project } from '../../../domain/project.js';
import { type ProjectRepository, StaleVersion } from '../../../domain/ProjectRepository.js';
import type { Database } from '../../database/Database.js';

export class DatabaseProjectRepository implements ProjectRepository {
  constructor(
    private readonly database: Database,
    private readonly table: 'projects' | 'archived_projects',
  ) {}

  find(ownerId: string, id: string): Promise<Project | null> {
    return withRetry(() => this.database.select<Project>(this.table, ownerId, id));
  }

  async listFor(ownerId: string, limit: number): Promise<Project[]> {
    const rows = await withRetry(() => this.database.selectNewest<Project>(this.table, ownerId, { limit }));
    return rows ?? [];
  }

  async countFor(ownerId: string): Promise<number> {
    return (await withRetry(() => this.database.count(this.table, ownerId))) ?? 0;
  }

  async save(project: Project): Promise<Project> {
    const next = { ...project, version: project.version + 1 };
    try {
      await withRetry(() => this.database.upsert(this.table, project.ownerId, next));
    } catch (error) {
      if (error instanceof DatabaseFailure && error.cause.code === 'CONFLICT') {
        throw new StaleVersion(`Project ${project.id}`);
      }
      throw error;
    }
    return next;
  }

  async remove(ownerId: string, id: string): Promise<void> {
    await withRetry(() => this.database.delete(this.table, ownerId, id));
  }
}
