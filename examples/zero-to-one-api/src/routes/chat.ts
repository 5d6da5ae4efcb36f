import { Router } from 'express';
import { runModelStream } from '../ai/runModelStream.js';
import { toolsFor } from '../ai/tools.js';
import { getUserMemory, rememberMessage } from '../memory.js';
import { userOf } from '../middleware/currentUser.js';
import { textField } from '../middleware/readBody.js';
import type { ThreadService } from '../services/threadService.js';

const FACTS_IN_PROMPT = 20;

export function chatRoutes(threads: ThreadService): Router {
  const router = Router();

  router.post('/', async (req, res) => {
    const userId = userOf(res);
    const message = textField(req, 'message', 4000);
    const history = await threads.getRecentMessages(userId);
    await threads.append(userId, 'user', message);
    rememberMessage(userId, 'user', message);

    const facts = getUserMemory(userId).facts.slice(-FACTS_IN_PROMPT);
    const reply = await runModelStream(
      res,
      [
        { role: 'system', content: `You coach a founder. Known facts: ${facts.join('; ') || 'none'}` },
        ...history.map(({ role, content }) => ({ role, content })),
        { role: 'user', content: message },
      ],
      toolsFor(userId),
    );

    await threads.append(userId, 'assistant', reply);
    rememberMessage(userId, 'assistant', reply);
  });

  return router;
}
