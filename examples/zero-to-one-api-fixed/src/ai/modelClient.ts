import { setTimeout as sleep } from 'node:timers/promises';
import { config } from '../config.js';

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
}

export interface ToolSpec {
  name: string;
  description: string;
}

export type ModelEvent =
  | { type: 'token'; text: string }
  | { type: 'tool_call'; name: string; arguments: string };

const VOCABULARY = 'start small show it to one person listen write down what surprised you then cut the plan and ask again'.split(' ');

/** Stands in for a hosted model: decides by what the last message says. */
export async function* streamCompletion(
  messages: ChatMessage[],
  tools: ToolSpec[],
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  const last = messages.at(-1);
  if (last?.role === 'user') {
    const call = chooseTool(last.content);
    if (call && (tools.some((tool) => tool.name === call.name) || call.name === 'unknown')) {
      yield call;
      return;
    }
  }
  if (last?.role === 'tool' && last.content.includes('again')) {
    yield { type: 'tool_call', name: 'read_facts', arguments: '{"note":"again"}' };
    return;
  }
  for (let index = 0; index < config.model.replyWords; index++) {
    await sleep(config.model.tokenDelayMs, undefined, { signal });
    yield { type: 'token', text: `${VOCABULARY[index % VOCABULARY.length]} ` };
  }
}

function chooseTool(content: string): Extract<ModelEvent, { type: 'tool_call' }> | null {
  const fact = /^remember (?:that )?(.+)$/i.exec(content)?.[1];
  if (fact) {
    return { type: 'tool_call', name: 'remember_fact', arguments: JSON.stringify({ fact }) };
  }
  if (/what do you know/i.test(content)) {
    return { type: 'tool_call', name: 'read_facts', arguments: '{}' };
  }
  if (/think it over/i.test(content)) {
    return { type: 'tool_call', name: 'read_facts', arguments: '{"note":"again"}' };
  }
  if (/garble/i.test(content)) {
    return { type: 'tool_call', name: 'unknown', arguments: '{"fact":' };
  }
  return null;
}
