export interface Substep {
  key: string;
  label: string;
  prompt: string;
  answer: string | null;
  answeredAt: string | null;
}

export interface Phase {
  key: string;
  title: string;
  goal: string;
  substeps: Substep[];
}

export interface Project {
  id: string;
  ownerId: string;
  title: string;
  idea: string;
  status: 'active' | 'finished';
  phases: Phase[];
  createdAt: string;
  updatedAt: string;
  /** Counts the stored changes; a save from an older copy is refused. */
  version: number;
}
