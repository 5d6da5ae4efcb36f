import type { MemoryService } from '../memory.js';
import type { ModelEvent, ToolSpec } from './modelClient.js';

export interface Tool {
  description: string;
  endsTurn: boolean;
  run(input: Record<string, unknown>): Promise<string>;
}

export interface Toolbox {
  specs: ToolSpec[];
  tools: Record<string, Tool>;
}

export interface ReadyCall {
  name: string;
  tool: Tool;
  input: Record<string, unknown>;
}

export function toolsFor(userId: string, memory: MemoryService): Toolbox {
  const tools: Record<string, Tool> = {
    remember_fact: {
      description: 'Keep a fact about the founder',
      endsTurn: true,
      async run(input) {
        const fact = String(input.fact ?? '');
        await memory.addFact(userId, fact);
        return `Noted: ${fact}`;
      },
    },
    read_facts: {
      description: 'Read the newest facts about the founder',
      endsTurn: false,
      async run(input) {
        const { facts } = await memory.recall(userId);
        return `${facts.slice(-5).join('; ')} ${String(input.note ?? '')}`.trim();
      },
    },
  };
  const specs = Object.entries(tools).map(([name, { description }]) => ({ name, description }));
  return { specs, tools };
}

export function readCalls(calls: ReadonlyArray<Extract<ModelEvent, { type: 'tool_call' }>>, toolbox: Toolbox): ReadyCall[] {
  return calls.flatMap((call) => {
    const tool = toolbox.tools[call.name];
    const input = parseObject(call.arguments);
    return tool && input ? [{ name: call.name, tool, input }] : [];
  });
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
