import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { Project } from '../src/domain/project.js';
import { buildPhases } from '../src/engine/phases.js';
import { InMemoryProjectRepository } from '../src/infrastructure/persistence/in-memory/InMemoryProjectRepository.js';
import { ProjectArchive } from '../src/services/projectArchive.js';

const repository = new InMemoryProjectRepository();
const archive = new ProjectArchive(repository);

afterEach(() => repository.clear());

function project(id: string, ownerId: string): Project {
  const at = '2025-03-01T09:00:00.000Z';
  const phases = buildPhases('Kite', 'a diary for wind');
  return { id, ownerId, title: 'Kite', idea: 'a diary for wind', status: 'active', phases, createdAt: at, updatedAt: at, version: 0 };
}

test('an archived project is listed for its owner only', async () => {
  await archive.add(project('p1', 'ada'));
  await archive.add(project('p2', 'grace'));

  const listed = await archive.listFor('ada');
  assert.deepEqual(listed.map(({ id }) => id), ['p1']);
});

test('archiving stamps the stored copy and leaves the original alone', async () => {
  const original = project('p1', 'ada');
  const { archivedAt } = await archive.add(original);

  assert.equal((await repository.find('ada', 'p1'))?.updatedAt, archivedAt);
  assert.notEqual(original.updatedAt, archivedAt);
});
