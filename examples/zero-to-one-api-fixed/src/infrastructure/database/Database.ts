import { EventEmitter } from 'node:events';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

export interface DatabaseError {
  code: string;
  message: string;
}

export interface QueryResult<T> {
  data: T | null;
  error: DatabaseError | null;
}

export interface DatabaseOptions {
  directory: string;
  maxConnections: number;
  failureRate: number;
}

interface Row {
  id: string;
  version?: number;
}

const SLOW_QUERY_MS = 1000;

/** One row is one file: <table>/<partition>/<id>.json. */
class Connection {
  constructor(private readonly options: DatabaseOptions) {}

  async read<R extends Row>(table: string, partition: string, id: string): Promise<R | null> {
    this.maybeFail();
    try {
      return JSON.parse(await readFile(this.file(table, partition, id), 'utf8')) as R;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        return null;
      }
      throw error;
    }
  }

  async readNewest<R extends Row>(table: string, partition: string, limit: number): Promise<R[]> {
    this.maybeFail();
    const names = await readdir(this.directory(table, partition)).catch(() => [] as string[]);
    const ids = names.sort().slice(-limit).map((name) => path.basename(name, '.json'));
    const rows = await Promise.all(ids.map((id) => this.read<R>(table, partition, decodeURIComponent(id))));
    return rows.filter((row): row is NonNullable<typeof row> => row !== null).reverse();
  }

  async count(table: string, partition: string): Promise<number> {
    this.maybeFail();
    const names = await readdir(this.directory(table, partition)).catch(() => []);
    return names.length;
  }

  async write<R extends Row>(table: string, partition: string, row: R): Promise<R> {
    this.maybeFail();
    if (row.version !== undefined) {
      const stored = await this.read<Row>(table, partition, row.id);
      if ((stored?.version ?? 0) !== row.version - 1) {
        throw Object.assign(new Error(`${table} ${row.id} is not at version ${row.version - 1}`), { code: 'CONFLICT' });
      }
    }
    await mkdir(this.directory(table, partition), { recursive: true });
    await writeFile(this.file(table, partition, row.id), JSON.stringify(row));
    return row;
  }

  async remove(table: string, partition: string, id: string): Promise<boolean> {
    this.maybeFail();
    await rm(this.file(table, partition, id), { force: true });
    return true;
  }

  async ping(): Promise<boolean> {
    this.maybeFail();
    await mkdir(this.options.directory, { recursive: true });
    return true;
  }

  private directory(table: string, partition: string): string {
    return path.join(this.options.directory, table, encodeURIComponent(partition));
  }

  private file(table: string, partition: string, id: string): string {
    return path.join(this.directory(table, partition), `${encodeURIComponent(id)}.json`);
  }

  private maybeFail(): void {
    if (Math.random() < this.options.failureRate) {
      throw Object.assign(new Error('connection reset by the database'), { code: 'ECONNRESET' });
    }
  }
}

export class Database extends EventEmitter {
  private readonly idle: Connection[];
  private readonly waiting: Array<(connection: Connection) => void> = [];
  private readonly maxWaiting: number;

  constructor(options: DatabaseOptions) {
    super();
    // The caller lets at most 50 operations in at once; this holds whoever calls.
    this.maxWaiting = 10 * options.maxConnections;
    this.idle = Array.from({ length: options.maxConnections }, () => new Connection(options));
  }

  select<R extends Row>(table: string, partition: string, id: string): Promise<QueryResult<R>> {
    return this.run((connection) => connection.read<R>(table, partition, id));
  }

  selectNewest<R extends Row>(table: string, partition: string, options: { limit: number }): Promise<QueryResult<R[]>> {
    return this.run((connection) => connection.readNewest<R>(table, partition, options.limit));
  }

  upsert<R extends Row>(table: string, partition: string, row: R): Promise<QueryResult<R>> {
    return this.run((connection) => connection.write(table, partition, row));
  }

  count(table: string, partition: string): Promise<QueryResult<number>> {
    return this.run((connection) => connection.count(table, partition));
  }

  delete(table: string, partition: string, id: string): Promise<QueryResult<boolean>> {
    return this.run((connection) => connection.remove(table, partition, id));
  }

  ping(): Promise<QueryResult<boolean>> {
    return this.run((connection) => connection.ping());
  }

  private async run<T>(work: (connection: Connection) => Promise<T | null>): Promise<QueryResult<T>> {
    const connection = await this.acquire();
    const started = Date.now();
    try {
      return { data: await work(connection), error: null };
    } catch (error) {
      const { code = 'UNKNOWN', message } = error as NodeJS.ErrnoException;
      return { data: null, error: { code, message } };
    } finally {
      this.release(connection);
      const took = Date.now() - started;
      if (took > SLOW_QUERY_MS) {
        this.emit('slow', took);
      }
    }
  }

  private acquire(): Promise<Connection> {
    const connection = this.idle.pop();
    if (connection) {
      return Promise.resolve(connection);
    }
    if (this.waiting.length >= this.maxWaiting) {
      return Promise.reject(new Error('Too many operations wait for a connection'));
    }
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  private release(connection: Connection): void {
    const next = this.waiting.shift();
    if (next) {
      next(connection);
    } else {
      this.idle.push(connection);
    }
  }
}
