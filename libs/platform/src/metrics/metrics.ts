import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Injection token of a service's {@link Metrics}. */
export const METRICS = Symbol('metrics');

type Values = Readonly<Record<string, number>>;

/** A counter or a histogram has at most so many series. What comes later is counted with {@link OTHER} as its labels. */
const MAX_SERIES = 500;
const OTHER = '(other)';
/** Seconds. The SLO of latency needs the bound of 1 s. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** prom-client leaves a metric without a value out only if it could have a label. */
const NO_LABEL = 'none';

/** As pg counts them. */
interface PoolCounts {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

type Labels<Name extends string> = Record<Name, string>;

/**
 * @param kept names of labels that have few values, all of them ours: each combination of these has MAX_SERIES of its own. So
 *   whoever makes many series of refusals does not take the place of those of errors, of which an alert speaks
 * @returns a function that keeps the number of series bounded, whatever callers send
 */
function bounded<Name extends string>(kept: readonly Name[]): (labels: Labels<Name>) => Labels<Name> {
  const known = new Set<string>();
  const sizes = new Map<string, number>();
  const isKept = (name: string) => (kept as readonly string[]).includes(name);
  return (labels) => {
    const key = JSON.stringify(labels);
    if (known.has(key)) return labels;
    const group = JSON.stringify(kept.map((name) => labels[name]));
    const size = sizes.get(group) ?? 0;
    if (size >= MAX_SERIES)
      return Object.fromEntries(
        Object.entries(labels).map(([name, value]) => [name, isKept(name) ? value : OTHER]),
      ) as Labels<Name>;
    known.add(key);
    sizes.set(group, size + 1);
    return labels;
  };
}

/**
 * The metrics of a process, kept by prom-client. Names follow Prometheus' conventions: snake case, the unit at the end,
 * `_total` for what only grows. No label ever names a member, a grant, an app or an address.
 */
export class Metrics {
  readonly registry = new Registry();
  private readonly pools = new Map<string, PoolCounts>();

  constructor() {
    const each = (read: (pool: PoolCounts) => number) => () =>
      Object.fromEntries([...this.pools].map(([name, pool]) => [name, read(pool)]));
    this.gauge(
      'db_client_connections_used',
      'Connections to Postgres on which a statement runs.',
      each(({ totalCount, idleCount }) => totalCount - idleCount),
      'pool',
    );
    this.gauge(
      'db_client_connections_awaited',
      'Callers that wait for a connection to Postgres.',
      each(({ waitingCount }) => waitingCount),
      'pool',
    );
  }

  /** Shows how busy a pool of connections is. */
  pool(name: string, counts: PoolCounts): void {
    this.pools.set(name, counts);
  }

  /**
   * A value that may rise and fall.
   *
   * @param help one line that says what it means
   * @param read is called when somebody asks; when it rejects, the metric has no value
   * @param label name of the label when `read` returns a value for each of its values
   */
  gauge(
    name: string,
    help: string,
    read: () => number | Values | Promise<number | Values>,
    label = NO_LABEL,
  ): void {
    const registers = [this.registry];
    const gauge: Gauge = new Gauge({
      ...{ name, help, registers, labelNames: [label] },
      async collect() {
        // The call itself may throw, too.
        const values = await Promise.resolve()
          .then(read)
          .catch((): Values => ({}));
        gauge.reset();
        if (typeof values === 'number') gauge.set(values);
        else for (const [of, value] of Object.entries(values)) gauge.set({ [label]: of }, value);
      },
    });
  }

  /**
   * The same with several labels.
   *
   * @param read is called when somebody asks; when it rejects, the metric has no value
   */
  gauges<Name extends string>(
    name: string,
    help: string,
    labelNames: readonly Name[],
    read: () => Promise<readonly { labels: Labels<Name>; value: number }[]>,
  ): void {
    const registers = [this.registry];
    const gauge: Gauge<Name> = new Gauge<Name>({
      ...{ name, help, registers, labelNames },
      async collect() {
        const values = await read().catch(() => []);
        gauge.reset();
        for (const { labels, value } of values) gauge.set(labels, value);
      },
    });
  }

  /** A value that only grows from the start of the process. @param read is called when somebody asks */
  counter(name: string, help: string, read: () => number): void {
    let last = 0;
    const registers = [this.registry];
    const counter: Counter = new Counter({
      ...{ name, help, registers },
      collect() {
        const value = read();
        counter.inc(Math.max(0, value - last));
        last = value;
      },
    });
  }

  /** @param kept see {@link bounded} @returns a function that counts one */
  count<Name extends string>(
    name: string,
    help: string,
    labelNames: readonly Name[],
    kept: readonly NoInfer<Name>[] = [],
  ): (labels: Labels<Name>) => void {
    const counter = new Counter<Name>({ name, help, labelNames, registers: [this.registry] });
    const within = bounded<Name>(kept);
    return (labels) => counter.inc(within(labels));
  }

  /** @param kept see {@link bounded} @returns a function that takes how long something took, in seconds */
  duration<Name extends string>(
    name: string,
    help: string,
    labelNames: readonly Name[],
    kept: readonly NoInfer<Name>[] = [],
  ): (labels: Labels<Name>, seconds: number) => void {
    const histogram = new Histogram<Name>({
      ...{ name, help, labelNames, buckets: BUCKETS, registers: [this.registry] },
    });
    const within = bounded<Name>(kept);
    return (labels, seconds) => histogram.observe(within(labels), seconds);
  }

  /** @returns all metrics (Prometheus text exposition format 0.0.4) */
  render(): Promise<string> {
    return this.registry.metrics();
  }
}
