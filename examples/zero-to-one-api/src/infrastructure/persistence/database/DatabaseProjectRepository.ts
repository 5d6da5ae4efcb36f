import { withRetry } from '../../../db.js';
import type { Project } from '../../../domain/project.js';
import type { ProjectRepository } from '../../../domain/ProjectRepository.js';
import type { Database } from '../../database/Database.js';

const TABLE = 'projects';

export class DatabaseProjectRepository implements ProjectRepository {
  constructor(private readonly database: Database) {}

  find(ownerId: string, id: string): Promise<Project | null> {
    return withRetry(() => this.database.select<Project>(TABLE, ownerId, id));
  }

  async listFor(ownerId: string, limit: number): Promise<Project[]> {
    const rows = await withRetry(() => this.database.selectNewest<Project>(TABLE, ownerId, { limit }));
    return rows ?? [];
  }

  async save(project: Project): Promise<void> {
    await withRetry(() => this.database.upsert(TABLE, project.ownerId, project));
  }
}
