import type { Request } from 'express';
import { HttpError } from './errors.js';

/** A text field of the JSON body, trimmed, that is neither empty nor too long. */
export function textField(req: Request, name: string, maxLength: number): string {
  const value: unknown = (req.body as Record<string, unknown> | undefined)?.[name];
  if (typeof value !== 'string' || value.trim() === '') {
    throw new HttpError(400, `${name} must be a text`);
  }
  if (value.length > maxLength) {
    throw new HttpError(400, `${name} must have at most ${maxLength} characters`);
  }
  return value.trim();
}
