import type { RequestHandler, Response } from 'express';
import { HttpError } from './errors.js';

const USER_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** The gateway in front of this service has checked the user and names it in a header. */
export const currentUser: RequestHandler = (req, res, next) => {
  const userId = req.get('x-user-id');
  if (!userId || !USER_ID.test(userId)) {
    throw new HttpError(401, 'The x-user-id header is missing or malformed');
  }
  res.locals.userId = userId;
  next();
};

export function userOf(res: Response): string {
  return res.locals.userId as string;
}
