/** `npm run bench -- trail-size`: questions about the trail, in a small trail and in a large one. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseEnv } from 'node:util';
import { type DescribedMember, type PreviewTenant, readPreview } from '@patient-access/preview';
import pg from 'pg';
import { type BenchInstallation, withInstallation } from '../installation.ts';
import type { BenchOptions } from '../options.ts';
import { markdownTable } from '../report.ts';
import { BENCH_TENANT } from '../store.ts';
import { atPage, auditorsService, memberApp, withToken } from './askers.ts';
import { fill, OPTIONS } from './fill.ts';
import type { Known } from './made-events.ts';
import {
  type TimedQuestion,
  auditorsQuestions,
  measure,
  membersQuestions,
  type TrailQuestion,
} from './questions.ts';
import { secondsToVerify } from './verification.ts';

const FEW = 10_000;
const REPETITIONS = { full: 100, quick: 5 };
/** Reads, pages, a refusal, something that is not there: what asking leaves behind. */
const REQUESTS = [
  'Patient',
  'Coverage',
  'ExplanationOfBenefit?_count=10',
  'ExplanationOfBenefit?service-date=ge2020-01-01',
  'Observation?category=vital-signs&_count=20',
  'Condition',
  'Patient/nobody',
  'AuditEvent?_count=1',
];
const TRAIL_MS = 10_000;
const PERSONAS = { member: 'ordinary', 'busy member': 'many' };
/** An app that many members have, but not the two measured ones. */
const CLIENT = 'client-7';

interface Size {
  events: number;
  /** size of the table with its indexes on disk */
  gigabytes: number;
  fillSeconds: number;
  /** what `audit:verify` takes for all of them */
  verifySeconds: number;
  asked: TimedQuestion[];
}

/** Sends the requests of the busy member's app once. */
async function leaveEvents({ fhirBase }: PreviewTenant, token: string): Promise<void> {
  for (const path of REQUESTS)
    await fetch(`${fhirBase}/${path}`, { headers: { authorization: `Bearer ${token}` } }).then((answer) =>
      answer.arrayBuffer(),
    );
}

type Account = (persona: string) => DescribedMember;

/**
 * Logs in, and returns questions. It logs in just before they are asked, because a token lives shorter than the bench.
 */
type Group = () => Promise<TrailQuestion[]>;

function groups({ directory }: BenchInstallation, tenant: PreviewTenant, account: Account): Group[] {
  const page = `${tenant.issuer.replace('/oauth2/v1', '')}/access`;
  const members = Object.entries(PERSONAS).map(([whose, persona]) => async () => {
    const { accessToken } = await memberApp(tenant, account(persona));
    await leaveEvents(tenant, accessToken);
    const { patientId } = account(persona);
    return [
      ...membersQuestions(whose, withToken(tenant, accessToken), patientId, CLIENT),
      { name: `${whose}: who saw my data`, ask: await atPage(page, account(persona)), path: page },
    ];
  });
  const auditors = async () => {
    const service = withToken(tenant, await auditorsService(directory, tenant));
    const console_ = await atPage(tenant.auditConsole, tenant.auditor);
    return auditorsQuestions(service, console_, account(PERSONAS.member).patientId, CLIENT);
  };
  return [...members, auditors];
}

function people(installation: BenchInstallation): { known: Known; asking: Group[] } {
  const tenant = readPreview(installation.directory).tenants.find(
    ({ id }) => id === BENCH_TENANT,
  ) as PreviewTenant;
  const account: Account = (persona) => {
    const found = tenant.members.find(({ login }) => login.endsWith(`.${persona}`));
    if (!found) throw new Error(`no preview member ${persona}`);
    return found;
  };
  const known = {
    ordinary: account(PERSONAS.member).patientId,
    busy: account(PERSONAS['busy member']).patientId,
  };
  return { known, asking: groups(installation, tenant, account) };
}

async function gigabytes(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ bytes: string }>(
    "SELECT sum(pg_total_relation_size(relid)) AS bytes FROM pg_partition_tree('trail.audit_event')",
  );
  return Number(rows[0]?.bytes) / 2 ** 30;
}

function tableOf(results: readonly Pick<Size, 'events' | 'asked'>[]): string {
  const rows = (results[0]?.asked ?? []).map(({ name }, at) => [
    name,
    ...results.flatMap(({ asked }) => {
      const { firstMs, p50Ms, p99Ms, buffers, failures } = asked[at] as TimedQuestion;
      const looked = buffers ? Object.values(buffers).join(' / ') : '';
      const failed = failures > 0 ? `, ${failures} failed` : '';
      return [firstMs.toFixed(0), `${p50Ms.toFixed(1)} / ${p99Ms.toFixed(1)}${failed}`, looked];
    }),
  ]);
  const heads = results.flatMap(({ events }) => [`${events} events: first ms`, 'p50 / p99 ms', 'buffers']);
  return markdownTable(['question', ...heads], rows);
}

/** @param sizes numbers of events, the larger one last */
async function ask(
  installation: BenchInstallation,
  sizes: readonly number[],
  quick: boolean,
): Promise<Size[]> {
  const { known, asking } = people(installation);
  for (const group of asking) await group();
  const { directory } = installation;
  const connectionString = installation.database('audit');
  const settings = parseEnv(readFileSync(join(directory, 'audit.env'), 'utf8'));
  const { CHECKPOINT_KEY_FILE: keyFile = '', CHECKPOINT_LOG = '' } = settings;
  const checkpointKey = readFileSync(keyFile, 'utf8');
  const client = new pg.Client({ connectionString, options: OPTIONS });
  await client.connect();
  try {
    await delay(TRAIL_MS);
    const results: Size[] = [];
    for (const events of sizes) {
      const fillSeconds = await fill(client, { connectionString, directory, checkpointKey, events, known });
      // What was signed of the trail before says that this one is another. It is: the bench replaced it.
      rmSync(CHECKPOINT_LOG, { force: true });
      console.error(`trail-size: filled in ${fillSeconds.toFixed(0)} s; asking at ${events} events`);
      const asked: TimedQuestion[] = [];
      for (const group of asking)
        for (const question of await group())
          asked.push(await measure(directory, question, quick ? REPETITIONS.quick : REPETITIONS.full));
      // Verifying takes much longer: what is known by now is said now.
      console.error(`trail-size: asked at ${events} events\n${tableOf([{ events, asked }])}`);
      const verifySeconds = await secondsToVerify(directory);
      console.error(`trail-size: verified ${events} events in ${verifySeconds.toFixed(0)} s`);
      results.push({ events, gigabytes: await gigabytes(client), fillSeconds, verifySeconds, asked });
    }
    return results;
  } finally {
    await client.end();
  }
}

/** `npm run bench -- trail-size [--events 10000000]` */
export async function measureTrailSize({ members, seed, events, quick }: BenchOptions) {
  const sizes = [FEW, events];
  const results = await withInstallation({ members, seed }, (installation) =>
    ask(installation, sizes, quick),
  );
  return { results, shown: tableOf(results) };
}
