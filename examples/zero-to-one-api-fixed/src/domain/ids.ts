import { randomBytes } from 'node:crypto';

let sequence = 0;

/** Ids sort by the time at which they were made. */
export function newId(): string {
  sequence = (sequence + 1) % 0xffff;
  const time = Date.now().toString(36).padStart(9, '0');
  const order = sequence.toString(16).padStart(4, '0');
  return `${time}${order}${randomBytes(4).toString('hex')}`;
}
