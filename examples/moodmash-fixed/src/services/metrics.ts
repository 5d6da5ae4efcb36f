import { SlidingWindow } from './slidingWindow.js';

export type MetricKind = 'counter' | 'gauge';
export type Labels = Record<string, string>;

export interface Metric {
  name: string;
  kind: MetricKind;
  value: number;
  labels: Labels;
  updatedAt: number;
}

export interface Percentiles {
  p50: number;
  p95: number;
  max: number;
}

const MAX_RESPONSE_TIMES = 1000;
const MAX_METRICS = 500;
const MAX_LABELS = 50;
const MAX_IDLE_MS = 3_600_000;

class MetricsCollector {
  // In the order of their last update: the first one has been idle the longest.
  private readonly metrics = new Map<string, Metric>();
  private readonly responseTimes = new SlidingWindow(MAX_RESPONSE_TIMES);
  private readonly startedAt = Date.now();

  set(name: string, kind: MetricKind, value: number, labels: Labels = {}): void {
    this.store({ name, kind, value, labels: withLabels({}, labels), updatedAt: Date.now() });
  }

  increment(name: string, amount = 1, labels: Labels = {}): void {
    const metric = this.metrics.get(name);
    if (!metric) {
      this.set(name, 'counter', amount, labels);
      return;
    }
    metric.value += amount;
    metric.labels = withLabels(metric.labels, labels);
    metric.updatedAt = Date.now();
    this.store(metric);
  }

  recordResponseTime(ms: number): void {
    this.responseTimes.record(ms);
  }

  percentiles(): Percentiles {
    const sorted = this.responseTimes.sorted();
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return { p50: at(0.5), p95: at(0.95), max: sorted.at(-1) ?? 0 };
  }

  value(name: string): number {
    this.publishResponseTime();
    return this.metrics.get(name)?.value ?? 0;
  }

  /** The largest counters first. */
  top(limit: number): Metric[] {
    this.publishResponseTime();
    return [...this.metrics.values()].sort((left, right) => right.value - left.value).slice(0, limit);
  }

  summary(): { names: number; samples: number; upSeconds: number } {
    return {
      names: this.metrics.size,
      samples: this.responseTimes.size,
      upSeconds: Math.round((Date.now() - this.startedAt) / 1000),
    };
  }

  /** Readers are rare and requests are not, so the average is worked out for the reader. */
  private publishResponseTime(): void {
    this.set('response_time_ms', 'gauge', Math.round(this.responseTimes.average));
  }

  private store(metric: Metric): void {
    this.metrics.delete(metric.name);
    this.metrics.set(metric.name, metric);
    this.dropIdle();
  }

  private dropIdle(): void {
    const oldestAllowed = Date.now() - MAX_IDLE_MS;
    for (const [name, metric] of this.metrics) {
      if (this.metrics.size <= MAX_METRICS && metric.updatedAt >= oldestAllowed) {
        return;
      }
      this.metrics.delete(name);
    }
  }
}

/** Known labels take their new value; new ones are taken up while there is room. */
function withLabels(known: Labels, fresh: Labels): Labels {
  let room = MAX_LABELS - Object.keys(known).length;
  const merged = { ...known };
  for (const [label, value] of Object.entries(fresh)) {
    if (!Object.hasOwn(merged, label)) {
      if (room <= 0) {
        continue;
      }
      room -= 1;
    }
    merged[label] = value;
  }
  return merged;
}

export const metrics = new MetricsCollector();
