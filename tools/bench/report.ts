/** Formats the results for a person, with the ratios first. */
import type { LoadResult } from './load/call.ts';
import type { ProductRound, Round, ScenarioResult } from './requests.ts';
import type { CpuMicroseconds } from './processes.ts';
import { percentile, type Spread, spread } from './statistics.ts';

const perSecond = ({ requests, seconds }: Round) => requests / seconds;
const isTrail = (process: string) => /audit/.test(process);

/** Microseconds of a request, without the work that goes on after the response. */
function pathCpu(cpu: CpuMicroseconds): number {
  return Object.entries(cpu).reduce((sum, [process, spent]) => sum + (isTrail(process) ? 0 : spent), 0);
}

function trailCpu({ cpuWithTrail }: ProductRound): number {
  const entries = Object.entries(cpuWithTrail).filter(([process]) => isTrail(process));
  return entries.reduce((sum, [, spent]) => sum + spent, 0);
}

const sumOf = (cpu: CpuMicroseconds) => Object.values(cpu).reduce((sum, spent) => sum + spent, 0);

/** Microseconds of a request in all processes, until its event was stored. */
const wholeCpu = ({ cpuWithTrail }: ProductRound) => sumOf(cpuWithTrail);

const median = (values: number[]) => percentile(values, 0.5);
const round2 = ({ median: middle, low, high }: Spread) =>
  `${middle.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;

/** Requests per second of the product as a share of the other side's, for each round. */
function ratio({ product, beside }: ScenarioResult): Spread {
  return spread(product.map((round, at) => perSecond(round) / perSecond(beside[at] ?? round)));
}

/** Processor time of the other side as a share of the product's with its trail. */
function cpuRatio({ product, beside }: ScenarioResult): Spread {
  return spread(product.map((round, at) => pathCpu((beside[at] ?? round).cpu) / wholeCpu(round)));
}

/** Time of a request without other load, as a multiple of the other side's. */
function aloneRatio({ product, beside }: ScenarioResult): Spread {
  return spread(product.map(({ alone }, at) => alone.p50Ms / (beside[at]?.alone.p50Ms ?? alone.p50Ms)));
}

/** On a machine that does other work meanwhile, requests may be refused even at half load. */
const atHalfLoad = ({ p50Ms, p99Ms, errors }: LoadResult) =>
  `${p50Ms.toFixed(1)} / ${p99Ms.toFixed(1)}${errors > 0 ? `, ${errors} refused` : ''}`;

function row(result: ScenarioResult): string[] {
  const { product, beside, openLoop } = result;
  const of = (value: (round: ProductRound) => number) => median(product.map(value));
  return [
    result.name,
    result.limit,
    round2(ratio(result)),
    round2(cpuRatio(result)),
    round2(aloneRatio(result)),
    median(beside.map(perSecond)).toFixed(0),
    of(perSecond).toFixed(0),
    `${median(beside.map(({ alone }) => alone.p50Ms)).toFixed(2)} / ${of(({ alone }) => alone.p50Ms).toFixed(2)}`,
    `${of(({ p50Ms }) => p50Ms).toFixed(1)} / ${of(({ p99Ms }) => p99Ms).toFixed(1)}`,
    openLoop ? atHalfLoad(openLoop) : '',
    median(beside.map(({ cpu }) => pathCpu(cpu))).toFixed(0),
    of(({ cpu }) => pathCpu(cpu)).toFixed(0),
    of(trailCpu).toFixed(0),
    `${median(beside.map(({ cpuAlone }) => sumOf(cpuAlone))).toFixed(0)} / ${of(({ cpuAlone }) => sumOf(cpuAlone)).toFixed(0)}`,
    of(({ outbox }) => outbox).toFixed(0),
    of(({ bytes }) => bytes).toFixed(0),
  ];
}

/** @param other `limit`, or `peer` */
const head = (other: string) => [
  'scenario',
  'limit',
  `requests/s ÷ ${other}`,
  `${other} CPU ÷ CPU`,
  `time alone ÷ ${other}`,
  `${other}/s`,
  'product/s',
  `p50 alone ms, ${other} / product`,
  'p50 / p99 ms',
  'at half load',
  `${other} µs`,
  'path µs',
  'trail µs',
  `µs alone, ${other} / product`,
  'outbox',
  'bytes',
];

/** A Markdown table, padded. */
export function markdownTable(head: string[], rows: string[][]): string {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function cpuTable(results: ScenarioResult[]): string {
  const names = [
    ...new Set(results.flatMap(({ product }) => product.flatMap((r) => Object.keys(r.cpuWithTrail)))),
  ];
  const rows = names
    .sort()
    .map((name) => [
      name,
      ...results.map(({ product }) => median(product.map((r) => r.cpuWithTrail[name] ?? 0)).toFixed(0)),
    ]);
  return markdownTable(['µs per request', ...results.map(({ name }) => name)], rows);
}

/** @param other what the other side is called */
export function requestReport(results: ScenarioResult[], other: string): string {
  return `${markdownTable(head(other), results.map(row))}\n\n${cpuTable(results)}`;
}
