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

class MetricsCollector {
  private readonly metrics = new Map<string, Metric>();
  private readonly responseTimes: number[] = [];
  private readonly startedAt = Date.now();

  set(name: string, kind: MetricKind, value: number, labels: Labels = {}): void {
    this.metrics.set(name, { name, kind, value, labels, updatedAt: Date.now() });
  }

  increment(name: string, amount = 1, labels: Labels = {}): void {
    const metric = this.metrics.get(name);
    if (!metric) {
      this.set(name, 'counter', amount, labels);
      return;
    }
    metric.value += amount;
    metric.labels = { ...metric.labels, ...labels };
    metric.updatedAt = Date.now();
  }

  recordResponseTime(ms: number): void {
    this.responseTimes.push(ms);
    if (this.responseTimes.length > MAX_RESPONSE_TIMES) {
      this.responseTimes.shift();
    }
    const total = this.responseTimes.reduce((sum, time) => sum + time, 0);
    this.set('response_time_ms', 'gauge', Math.round(total / this.responseTimes.length));
  }

  percentiles(): Percentiles {
    const sorted = [...this.responseTimes].sort((left, right) => left - right);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return { p50: at(0.5), p95: at(0.95), max: sorted.at(-1) ?? 0 };
  }

  value(name: string): number {
    return this.metrics.get(name)?.value ?? 0;
  }

  /** The largest counters first. */
  top(limit: number): Metric[] {
    return [...this.metrics.values()].sort((left, right) => right.value - left.value).slice(0, limit);
  }

  summary(): { names: number; samples: number; upSeconds: number } {
    return {
      names: this.metrics.size,
      samples: this.responseTimes.length,
      upSeconds: Math.round((Date.now() - this.startedAt) / 1000),
    };
  }
}

export const metrics = new MetricsCollector();
