import type { ErrorRequestHandler, RequestHandler } from 'express';
import { StaleVersion } from '../domain/ProjectRepository.js';

export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'HttpError';
  }
}

export const notFound: RequestHandler = (req) => {
  throw new HttpError(404, `Nothing answers ${req.method} ${req.path}`);
};

export const errorHandler: ErrorRequestHandler = (error, req, res, next) => {
  if (res.headersSent) {
    next(error);
    return;
  }
  const status = statusOf(error);
  if (status === 503) {
    res.set('Retry-After', '2');
  } else if (status >= 500) {
    console.error(`${req.method} ${req.originalUrl} failed`, error);
  }
  res.status(status).json({
    error: status === 500 ? 'Something went wrong on our side' : (error as Error).message,
  });
};

function statusOf(error: unknown): number {
  if (error instanceof HttpError) {
    return error.status;
  }
  if (error instanceof StaleVersion) {
    return 409;
  }
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' ? status : 500;
}
