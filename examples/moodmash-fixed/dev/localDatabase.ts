import { appendFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { SqlDatabase, Statement } from '../src/env.js';

type Row = Record<string, unknown>;

const INSERT = /^INSERT INTO (\w+) \(([^)]+)\)/;
const SELECT = /^SELECT \* FROM (\w+) WHERE user_id = \?( AND id = \?)?( ORDER BY \w+ DESC LIMIT \?)?$/;

/** Understands the few statements of this worker; one file per table and user, one line per row. */
class LocalStatement implements Statement {
  constructor(
    private readonly directory: string,
    private readonly sql: string,
    private readonly values: unknown[] = [],
  ) {}

  bind(...values: unknown[]): Statement {
    return new LocalStatement(this.directory, this.sql, values);
  }

  async run(): Promise<void> {
    const [, table, columns] = INSERT.exec(this.sql) ?? [];
    if (!table || !columns) {
      throw new Error(`The local database cannot run: ${this.sql}`);
    }
    const row = Object.fromEntries(columns.split(', ').map((column, index) => [column, this.values[index]]));
    await mkdir(path.join(this.directory, table), { recursive: true });
    await appendFile(this.file(table, row.user_id), `${JSON.stringify(row)}\n`);
  }

  async all<T>(): Promise<{ results: T[] }> {
    if (this.sql === 'SELECT 1 AS ok') {
      return { results: [{ ok: 1 } as T] };
    }
    const [, table, byId, limited] = SELECT.exec(this.sql) ?? [];
    if (!table) {
      throw new Error(`The local database cannot run: ${this.sql}`);
    }
    const [userId, second] = this.values;
    const text = await readFile(this.file(table, userId), 'utf8').catch(() => '');
    const lines = text.split('\n').filter((line) => line !== '');
    const wanted = limited ? lines.slice(-Number(second)).reverse() : lines;
    const rows = wanted.map((line) => JSON.parse(line) as Row);
    return { results: (byId ? rows.filter((row) => row.id === second) : rows) as T[] };
  }

  async first<T>(): Promise<T | null> {
    const { results } = await this.all<T>();
    return results[0] ?? null;
  }

  private file(table: string, userId: unknown): string {
    return path.join(this.directory, table, `${encodeURIComponent(String(userId))}.ndjson`);
  }
}

export function localDatabase(directory: string): SqlDatabase {
  return { prepare: (sql) => new LocalStatement(directory, sql) };
}
