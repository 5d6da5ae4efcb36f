const OPENINGS = ['You have come further than you think', 'A slow day is a day too', 'What you feel is allowed'];
const CLOSINGS = ['rest is part of the work', 'one kind sentence is enough', 'tomorrow owes you nothing and offers much'];

export interface Affirmation {
  date: string;
  text: string;
  paragraphs: string[];
}

export async function writeAffirmation(userId: string, date: string): Promise<Affirmation> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${userId} ${date}`)));
  const opening = OPENINGS[(digest[0] ?? 0) % OPENINGS.length];
  const closing = CLOSINGS[(digest[1] ?? 0) % CLOSINGS.length];
  const paragraphs = [...digest.subarray(2, 10)].map((byte) => `Breathe in for ${2 + (byte % 5)}, hold, breathe out for ${3 + (byte % 6)}.`);
  return { date, text: `${opening}; ${closing}.`, paragraphs };
}
