import { Router } from 'express';
import { runModelStream } from '../ai/runModelStream.js';
import { toolsFor } from '../ai/tools.js';
import { config } from '../config.js';
import type { MemoryService } from '../memory.js';
import { userOf } from '../middleware/currentUser.js';
import { perUserLimit } from '../middleware/perUserLimit.js';
import { textField } from '../middleware/readBody.js';
import type { ThreadService } from '../services/threadService.js';

const FACTS_IN_PROMPT = 20;

export function chatRoutes(threads: ThreadService, memory: MemoryService): Router {
  const router = Router();

  router.post('/', perUserLimit('messages', config.limits.chatsPerHour), async (req, res) => {
    const userId = userOf(res);
    const message = textField(req, 'message', 4000);
    const history = await threads.getRecentMessages(userId);
    await threads.append(userId, 'user', message);

    const facts = (await memory.recall(userId)).facts.slice(-FACTS_IN_PROMPT);
    await memory.rememberMessage(userId, 'user', message);
    const reply = await runModelStream(
      res,
      [
        { role: 'system', content: `You coach a founder. Known facts: ${facts.join('; ') || 'none'}` },
        ...history.map(({ role, content }) => ({ role, content })),
        { role: 'user', content: message },
      ],
      toolsFor(userId, memory),
    );

    await threads.append(userId, 'assistant', reply);
    await memory.rememberMessage(userId, 'assistant', reply);
  });

  return router;
}
