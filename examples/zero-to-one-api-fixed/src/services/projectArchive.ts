import type { Project } from '../domain/project.js';
import type { ProjectRepository } from '../domain/ProjectRepository.js';

const ARCHIVE_PAGE = 20;

export interface ArchivedProject {
  id: string;
  title: string;
  archivedAt: string;
}

export class ProjectArchive {
  constructor(private readonly repository: ProjectRepository) {}

  async add(project: Project): Promise<ArchivedProject> {
    const archivedAt = new Date().toISOString();
    const earlier = await this.repository.find(project.ownerId, project.id);
    await this.repository.save({ ...project, updatedAt: archivedAt, version: earlier?.version ?? 0 });
    return { id: project.id, title: project.title, archivedAt };
  }

  async listFor(ownerId: string): Promise<ArchivedProject[]> {
    const projects = await this.repository.listFor(ownerId, ARCHIVE_PAGE);
    return projects.map(({ id, title, updatedAt }) => ({ id, title, archivedAt: updatedAt }));
  }
}
