import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { AppEnv } from './env.js';
import { currentUser } from './middleware/currentUser.js';
import { observe } from './middleware/observe.js';
import { insights } from './routes/insights.js';
import { monitoring } from './routes/monitoring.js';
import { moods } from './routes/moods.js';
import { Reporter } from './services/reporting.js';

const app = new Hono<AppEnv>();

app.use('/api/*', observe);
app.use('/api/moods/*', currentUser);
app.use('/api/insights', currentUser);
app.use('/api/affirmation', currentUser);

app.route('/api', monitoring);
app.route('/api/moods', moods);
app.route('/api', insights);

app.get('/', (c) => c.text('MoodMash: how are you today?'));

app.notFound((c) => c.json({ error: `Nothing answers ${c.req.method} ${c.req.path}` }, 404));

app.onError((error, c) => {
  if (error instanceof HTTPException) {
    return c.json({ error: error.message }, error.status);
  }
  const reporter = new Reporter(c.env, c.req.path);
  reporter.capture(error);
  c.executionCtx.waitUntil(reporter.flush());
  return c.json({ error: 'Something went wrong on our side' }, 500);
});

export default app;
