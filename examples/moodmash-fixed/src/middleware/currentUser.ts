import { createMiddleware } from 'hono/factory';
import { HTTPException } from 'hono/http-exception';
import type { AppEnv } from '../env.js';

const USER_ID = /^[A-Za-z0-9_-]{1,64}$/;

export const currentUser = createMiddleware<AppEnv>(async (c, next) => {
  const userId = c.req.header('x-user-id');
  if (!userId || !USER_ID.test(userId)) {
    throw new HTTPException(401, { message: 'The x-user-id header is missing or malformed' });
  }
  c.set('userId', userId);
  await next();
});
