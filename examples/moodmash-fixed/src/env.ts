/** The part of a D1 binding that this worker uses. */
export interface Statement {
  bind(...values: unknown[]): Statement;
  first<T>(): Promise<T | null>;
  all<T>(): Promise<{ results: T[] }>;
  run(): Promise<unknown>;
}

export interface SqlDatabase {
  prepare(sql: string): Statement;
}

export interface Bindings {
  DB: SqlDatabase;
  ENVIRONMENT?: string;
  REPORT_URL?: string;
}

export interface AppEnv {
  Bindings: Bindings;
  Variables: {
    userId: string;
  };
}
