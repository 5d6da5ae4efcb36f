import { once } from 'node:events';
import type { Response } from 'express';
import { type ChatMessage, type ModelEvent, streamCompletion } from './modelClient.js';
import { type Toolbox, readCalls } from './tools.js';

const HEARTBEAT_MS = 15_000;
const MAX_ITERATIONS = 4;

type ToolCall = Extract<ModelEvent, { type: 'tool_call' }>;
type StopReason = 'stop' | 'tool' | 'malformed_tool_calls' | 'max_iterations';

/** Server-sent events to one client, for as long as it listens. */
class EventStream {
  private readonly gone = new AbortController();
  private readonly heartbeatInterval: NodeJS.Timeout;

  constructor(private readonly res: Response) {
    this.heartbeatInterval = setInterval(this.sendHeartbeat, HEARTBEAT_MS);
    res.once('close', this.onClose);
  }

  get signal(): AbortSignal {
    return this.gone.signal;
  }

  open(): void {
    this.res.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache',
      Connection: 'keep-alive',
    });
  }

  async send(event: string, payload: unknown): Promise<void> {
    this.signal.throwIfAborted();
    const accepted = this.res.write(`event: ${event}\ndata: ${JSON.stringify(payload)}\n\n`);
    if (!accepted) {
      await once(this.res, 'drain', { signal: this.signal });
    }
  }

  close(): void {
    clearInterval(this.heartbeatInterval);
    this.res.off('close', this.onClose);
    if (!this.res.writableEnded) {
      this.res.end();
    }
  }

  private readonly sendHeartbeat = (): void => {
    try {
      this.res.write(': still here\n\n');
    } catch {
      this.onClose();
    }
  };

  private readonly onClose = (): void => {
    clearInterval(this.heartbeatInterval);
    this.gone.abort();
  };
}

/** Streams one answer to the browser as server-sent events and returns its text, as far as it came. */
export async function runModelStream(res: Response, conversation: ChatMessage[], toolbox: Toolbox): Promise<string> {
  const stream = new EventStream(res);
  const answer = { text: '' };
  try {
    stream.open();
    await stream.send('open', { tools: toolbox.specs.map((spec) => spec.name) });
    const reason = await converse(stream, [...conversation], toolbox, answer);
    await stream.send('done', { reason });
  } catch (error) {
    if (!stream.signal.aborted) {
      console.error('The model stream failed', error);
      await stream.send('error', { message: 'The assistant could not finish this answer' }).catch(() => {});
    }
  } finally {
    stream.close();
  }
  return answer.text;
}

async function converse(
  stream: EventStream,
  messages: ChatMessage[],
  toolbox: Toolbox,
  answer: { text: string },
): Promise<StopReason> {
  for (let iteration = 1; iteration <= MAX_ITERATIONS; iteration++) {
    const calls: ToolCall[] = [];
    for await (const event of streamCompletion(messages, toolbox.specs, stream.signal)) {
      if (event.type === 'token') {
        answer.text += event.text;
        await stream.send('token', { text: event.text });
      } else {
        calls.push(event);
      }
    }
    if (calls.length === 0) {
      return 'stop';
    }

    const ready = readCalls(calls, toolbox);
    if (ready.length === 0) {
      return 'malformed_tool_calls';
    }
    for (const { name, tool, input } of ready) {
      const result = await tool.run(input);
      messages.push({ role: 'tool', content: result });
      await stream.send('tool', { name, result });
    }
    if (ready.every(({ tool }) => tool.endsTurn)) {
      answer.text += messages.at(-1)?.content ?? '';
      return 'tool';
    }
  }
  return 'max_iterations';
}
