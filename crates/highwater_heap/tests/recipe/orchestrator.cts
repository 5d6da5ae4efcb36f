// The one file of the service that was TypeScript: a source map leads back to these lines.
interface Project {
  name: string;
  steps: string[];
}

export class Orchestrator {
  projects: Map<string, Project> = new Map();
  private readonly listeners: Array<(project: Project) => void> = [];

  add(name: string): Project {
    const project: Project = { name, steps: ['plan', 'run'] };
    this.projects.set(name, project);
    this.listeners.push((other: Project) => other === project);
    return project;
  }
}
