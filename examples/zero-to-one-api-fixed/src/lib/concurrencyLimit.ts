export class Overloaded extends Error {
  readonly status = 503;

  constructor(waiting: number) {
    super(`The service is busy: ${waiting} operations are waiting already`);
    this.name = 'Overloaded';
  }
}

/** Lets some operations run, some wait, and turns the rest away. */
export class ConcurrencyLimit {
  private active = 0;
  private readonly waiting: Array<() => void> = [];

  constructor(
    private readonly maxActive: number,
    private readonly maxWaiting: number,
  ) {}

  async run<T>(operation: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      return await operation();
    } finally {
      this.leave();
    }
  }

  get load(): { active: number; waiting: number } {
    return { active: this.active, waiting: this.waiting.length };
  }

  private enter(): Promise<void> {
    if (this.active < this.maxActive) {
      this.active += 1;
      return Promise.resolve();
    }
    if (this.waiting.length >= this.maxWaiting) {
      return Promise.reject(new Overloaded(this.waiting.length));
    }
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  /** Hands the place to the next in line, or gives it back. */
  private leave(): void {
    const next = this.waiting.shift();
    if (next) {
      next();
    } else {
      this.active -= 1;
    }
  }
}
