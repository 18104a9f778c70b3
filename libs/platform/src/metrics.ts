import { Controller, Get, Header, Inject } from '@nestjs/common';
import { Public } from './guard.ts';

/** Injection token of a service's {@link Metrics}. */
export const METRICS = Symbol('metrics');

/** A value, or one for each value of a label. */
type Values = number | { label: string; values: Record<string, number> };

interface Metric {
  type: 'gauge' | 'counter';
  name: string;
  help: string;
  read(): Values | Promise<Values>;
}

const escaped = (text: string) =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

function lines(name: string, values: Values): string[] {
  if (typeof values === 'number') return [`${name} ${values}`];
  return Object.entries(values.values).map(
    ([of, value]) => `${name}{${values.label}="${escaped(of)}"} ${value}`,
  );
}

/** What a service says of itself in numbers. Each is read when it is asked for; no label ever names a member. */
export class Metrics {
  private readonly metrics: Metric[] = [];

  /** @param read what may go up and down @param help one line that says what it means */
  gauge(name: string, help: string, read: Metric['read']): void {
    this.metrics.push({ type: 'gauge', name, help, read });
  }

  /** @param read what only grows, from the start of the process */
  counter(name: string, help: string, read: Metric['read']): void {
    this.metrics.push({ type: 'counter', name, help, read });
  }

  /** @returns all of them (Prometheus text exposition format 0.0.4). What cannot be read now is left out. */
  async render(): Promise<string> {
    const read = await Promise.allSettled(this.metrics.map(async (metric) => metric.read()));
    const parts = this.metrics.flatMap(({ name, help, type }, at) => {
      const result = read[at];
      if (result?.status !== 'fulfilled') return [];
      return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines(name, result.value)];
    });
    return `${parts.join('\n')}\n`;
  }
}

/** For the platform, on the service's own port; the gateway has no way to it. */
@Public()
@Controller('metrics')
export class MetricsController {
  private readonly metrics: Metrics;

  constructor(@Inject(METRICS) metrics: Metrics) {
    this.metrics = metrics;
  }

  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @Header('cache-control', 'no-store')
  read(): Promise<string> {
    return this.metrics.render();
  }
}
