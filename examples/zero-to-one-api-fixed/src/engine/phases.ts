import type { Phase } from '../domain/project.js';

const BLUEPRINT: ReadonlyArray<{ key: string; title: string; goal: string; steps: readonly string[] }> = [
  {
    key: 'problem',
    title: 'Problem',
    goal: 'Know whose day gets better if {title} exists.',
    steps: ['Name the person', 'Describe the pain', 'List what they do today', 'Price the pain', 'Quote three of them'],
  },
  {
    key: 'market',
    title: 'Market',
    goal: 'Know how many people would look for {title} and where.',
    steps: ['Count the people', 'Find their meeting places', 'Map the alternatives', 'Pick a beachhead'],
  },
  {
    key: 'solution',
    title: 'Solution',
    goal: 'Say in one paragraph what {title} does and leaves out.',
    steps: ['Write the promise', 'Draw the first screen', 'Cut the list in half', 'Name the riskiest guess'],
  },
  {
    key: 'build',
    title: 'Build',
    goal: 'Have a first version of {title} that one stranger can use.',
    steps: ['Choose the stack', 'Split the work', 'Define done', 'Plan the data', 'Set up delivery'],
  },
  {
    key: 'launch',
    title: 'Launch',
    goal: 'Put {title} in front of twenty strangers.',
    steps: ['Write the page', 'Invite the first users', 'Watch them', 'Collect objections'],
  },
  {
    key: 'learn',
    title: 'Learn',
    goal: 'Decide what {title} becomes next.',
    steps: ['Read the numbers', 'Talk to the leavers', 'Choose one bet'],
  },
];

export function buildPhases(title: string, idea: string): Phase[] {
  return BLUEPRINT.map((phase) => ({
    key: phase.key,
    title: phase.title,
    goal: phase.goal.replace('{title}', title),
    substeps: phase.steps.map((label, index) => ({
      key: `${phase.key}-${index + 1}`,
      label,
      prompt: `You are helping with "${title}" (${idea}). Guide the founder through: ${label.toLowerCase()}.`,
      answer: null,
      answeredAt: null,
    })),
  }));
}
