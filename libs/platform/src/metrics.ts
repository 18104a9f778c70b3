import { Controller, Get, Header, Inject } from '@nestjs/common';
import { Public } from './guard.ts';

/** Injection token of a service's {@link Metrics}. */
export const METRICS = Symbol('metrics');

/** One value, or a value for each value of a label. */
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

/** The metrics of a service. Each is read when the metrics are requested. No label ever names a member. */
export class Metrics {
  private readonly metrics: Metric[] = [];

  /** @param read a value that may rise and fall @param help one line that says what it means */
  gauge(name: string, help: string, read: Metric['read']): void {
    this.metrics.push({ type: 'gauge', name, help, read });
  }

  /** @param read a value that only grows from the start of the process */
  counter(name: string, help: string, read: Metric['read']): void {
    this.metrics.push({ type: 'counter', name, help, read });
  }

  /** @returns all metrics (Prometheus text exposition format 0.0.4). A metric that cannot be read now is left out. */
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

/** Serves the metrics to the platform, on the service's own port. The gateway does not forward requests to it. */
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
