/** The newest numbers of a stream and their average, at the same cost for each number. */
export class SlidingWindow {
  private readonly values: Float64Array;
  private next = 0;
  private filled = 0;
  private sum = 0;

  constructor(capacity: number) {
    this.values = new Float64Array(capacity);
  }

  record(value: number): void {
    const replaced = this.values[this.next] ?? 0;
    this.values[this.next] = value;
    this.sum += value - replaced;
    this.filled = Math.max(this.filled, this.next + 1);
    this.next += 1;
    if (this.next === this.values.length) {
      this.next = 0;
      // Once per round, so that rounding errors do not add up.
      this.sum = total(this.values);
    }
  }

  get size(): number {
    return this.filled;
  }

  get average(): number {
    return this.filled === 0 ? 0 : this.sum / this.filled;
  }

  sorted(): Float64Array {
    return this.values.slice(0, this.filled).sort();
  }
}

function total(values: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) {
    sum += values[index] ?? 0;
  }
  return sum;
}
