/** The questions about the trail, and the time that the answers take. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { DatabaseUrls } from '@patient-access/database';
import { definitions, type Definition, parseSearch } from '@patient-access/fhir';
import { type SearchColumns, searchPageStatement } from '@patient-access/fhir-store';
import { buffersOf, explain, PLAN_KINDS, type PlanKind } from '../growth/statements.ts';
import { percentile } from '../statistics.ts';
import { BENCH_TENANT } from '../store.ts';
import type { Open } from './askers.ts';
import { GONE } from './made-events.ts';

/** The compiled code of audit-service. An app cannot be imported as a library, so its build is read here. */
const BUILT = new URL('../../../apps/audit-service/dist/auditor-search/conditions.js', import.meta.url);
const { searchColumns } = (await import(BUILT.href)) as { searchColumns: SearchColumns };

/** A question that fails this often is not asked again. */
const MAX_FAILURES = 3;
const DAY_MS = 24 * 60 * 60 * 1000;
const day = (ago: number) => new Date(Date.now() - ago * DAY_MS).toISOString().slice(0, 10);

export interface TrailQuestion {
  name: string;
  ask: Open;
  path: string;
  /** member of a search by the engine, whose SQL statement is explained too */
  member?: string;
}

export interface TimedQuestion {
  name: string;
  /** milliseconds of the first answer after the trail was made */
  firstMs: number;
  p50Ms: number;
  p99Ms: number;
  bytes: number;
  /** number of requests without an answer */
  failures: number;
  buffers?: Record<PlanKind, number>;
  plans?: string[][];
}

const SEARCHES = {
  'first page': () => 'AuditEvent',
  'page of 100': () => 'AuditEvent?_count=100',
  'last month': () => `AuditEvent?date=ge${day(30)}`,
  'a month a year ago': () => `AuditEvent?date=ge${day(395)}&date=lt${day(365)}`,
  'by agent': (client: string) => `AuditEvent?agent:identifier=${client}`,
  'by an agent that never came': () => 'AuditEvent?agent:identifier=client-of-others',
  refusals: () => 'AuditEvent?outcome=8,4',
} as const;

/** The questions of a member through an app. */
export const membersQuestions = (whose: string, ask: Open, member: string, client: string): TrailQuestion[] =>
  Object.entries(SEARCHES).map(([name, path]) => ({
    name: `${whose}: ${name}`,
    ask,
    path: path(client),
    member,
  }));

/** The questions of an auditor, by the FHIR API and at the console. */
export function auditorsQuestions(
  fhir: Open,
  console_: Open,
  member: string,
  client: string,
): TrailQuestion[] {
  const api = {
    'first page': 'AuditEvent',
    patient: `AuditEvent?patient=${member}`,
    agent: `AuditEvent?agent:identifier=${client}`,
    'agent, long gone': `AuditEvent?agent:identifier=${GONE}`,
    date: `AuditEvent?date=ge${day(395)}&date=lt${day(394)}`,
    type: 'AuditEvent?type=http://dicom.nema.org/resources/ontology/DCM|110114',
    outcome: 'AuditEvent?outcome=8',
    'patient and date': `AuditEvent?patient=${member}&date=ge${day(30)}`,
  };
  const pages = {
    overview: 'overview',
    member: `member?patient=${member}`,
    app: `app?app=${client}`,
    refusals: 'refusals',
    revoked: 'revoked',
    bursts: 'bursts',
  };
  return [
    ...Object.entries(api).map(([name, path]) => ({ name: `auditor: ${name}`, ask: fhir, path })),
    ...Object.entries(pages).map(([name, path]) => ({ name: `console: ${name}`, ask: console_, path })),
  ];
}

/** Explains the engine's statement for a member's search, as the service role. */
async function looked(directory: string, member: string, path: string) {
  const { DATABASE_URL = '' } = parseEnv(readFileSync(join(directory, 'audit.env'), 'utf8'));
  const entries = [...new URLSearchParams(path.split('?')[1] ?? '')];
  const parsed = parseSearch(definitions.get('AuditEvent') as Definition, entries, {
    base: '',
    strict: true,
  });
  const rowScope = { tenant: BENCH_TENANT, member };
  const type = 'AuditEvent';
  const query = {
    rowScope,
    type,
    clauses: parsed.clauses,
    granularClauses: [[]],
    released: [],
    searchColumns,
  };
  const urls = { service: DATABASE_URL } as DatabaseUrls;
  const plans: string[][] = [];
  for (const kind of PLAN_KINDS)
    plans.push(await explain(urls, member, searchPageStatement(query, parsed), kind));
  const buffers = Object.fromEntries(PLAN_KINDS.map((kind, at) => [kind, buffersOf(plans[at] ?? [])]));
  return { buffers: buffers as Record<PlanKind, number>, plans };
}

export async function measure(
  directory: string,
  { name, ask, path, member }: TrailQuestion,
  repetitions: number,
): Promise<TimedQuestion> {
  const times: number[] = [];
  let bytes = 0;
  let failures = 0;
  for (let at = 0; at <= repetitions && failures < MAX_FAILURES; at += 1) {
    const startedAt = performance.now();
    try {
      bytes = (await ask(path)).length;
    } catch {
      failures += 1;
    }
    times.push(performance.now() - startedAt);
  }
  const [firstMs = 0, ...others] = times;
  return {
    name,
    failures,
    firstMs,
    p50Ms: percentile(others, 0.5),
    p99Ms: percentile(others, 0.99),
    bytes,
    ...(member !== undefined && (await looked(directory, member, path))),
  };
}
