import { once } from 'node:events';
import type { Response } from 'express';
import { type ChatMessage, type ModelEvent, streamCompletion } from './modelClient.js';
import { type Toolbox, readCalls } from './tools.js';

const HEARTBEAT_MS = 15_000;
const MAX_ITERATIONS = 4;

async function sendEvent(res: Response, event: string, payload: unknown): Promise<void> {
  const accepted = res.write(`event: ${event}\ndata: ${JSON.stringify(payload)}\n\n`);
  if (!accepted) {
    await once(res, 'drain');
  }
}

/** Streams one answer to the browser as server-sent events and returns its full text. */
export async function runModelStream(res: Response, conversation: ChatMessage[], toolbox: Toolbox): Promise<string> {
  res.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-cache',
    Connection: 'keep-alive',
  });

  const messages = [...conversation];
  let reply = '';

  const sendHeartbeat = () => {
    res.write(`: ${messages.length} messages, ${reply.length} characters so far\n\n`);
  };
  const heartbeatInterval = setInterval(sendHeartbeat, HEARTBEAT_MS);
  await sendEvent(res, 'open', { tools: toolbox.specs.map((spec) => spec.name) });

  try {
    for (let iteration = 1; iteration <= MAX_ITERATIONS; iteration++) {
      const calls: Array<Extract<ModelEvent, { type: 'tool_call' }>> = [];
      for await (const event of streamCompletion(messages, toolbox.specs)) {
        if (event.type === 'token') {
          reply += event.text;
          await sendEvent(res, 'token', { text: event.text });
        } else {
          calls.push(event);
        }
      }

      if (calls.length === 0) {
        await sendEvent(res, 'done', { reason: 'stop', iteration });
        clearInterval(heartbeatInterval);
        res.end();
        return reply;
      }

      const ready = readCalls(calls, toolbox);
      if (ready.length === 0) {
        await sendEvent(res, 'done', { reason: 'malformed_tool_calls', iteration });
        clearInterval(heartbeatInterval);
        res.end();
        return reply;
      }

      for (const { name, tool, input } of ready) {
        const result = await tool.run(input);
        messages.push({ role: 'tool', content: result });
        await sendEvent(res, 'tool', { name, result });
      }

      if (ready.every(({ tool }) => tool.endsTurn)) {
        reply += messages.at(-1)?.content ?? '';
        await sendEvent(res, 'done', { reason: 'tool', iteration });
        clearInterval(heartbeatInterval);
        res.end();
        return reply;
      }
    }

    await sendEvent(res, 'done', { reason: 'max_iterations', iteration: MAX_ITERATIONS });
    clearInterval(heartbeatInterval);
    res.end();
    return reply;
  } catch (error) {
    console.error('The model stream failed', error);
    await sendEvent(res, 'error', { message: 'The assistant could not finish this answer' });
    clearInterval(heartbeatInterval);
    res.end();
    return reply;
  }
}
