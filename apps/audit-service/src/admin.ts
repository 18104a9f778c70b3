/** The commands for the trail: verify, export, hold, drop. `npm run audit -- <command>`. */
import { createReadStream } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { COMMAND, createPool, type Pool } from '@patient-access/database';
import { eventKeys } from '@patient-access/events';
import { createLogger, ConfigError } from '@patient-access/platform';
import pg from 'pg';
import { type CheckpointKeys, checkpointKeys, checkpointSigner } from './checkpoints/checkpoint.ts';
import { checkpointPublisher } from './checkpoints/publish.ts';
import { auditorSettings, keySettings, ownerSettings } from './config.ts';
import { correctionsSince } from './corrections/corrections.ts';
import { saw } from './disclosures/command.ts';
import { dropMonths, planned } from './retention/drop.ts';
import { liftHold, listHolds, setHold } from './retention/holds.ts';
import type { MonthToDrop } from './retention/plan.ts';
import { recordRestore } from './restores/record-restore.ts';
import type { RestoreRecord } from './restores/restore-record.ts';
import type { RestoredLane } from './restores/restored-lane.ts';
import { setRetention } from './retention/retention.ts';
import { scorecard } from './scorecard/command.ts';
import { exportTenant, verifyExport } from './verify/export.ts';
import { isConsoleFile, type ManifestVerdict, verifyConsoleFile } from './verify/console-files.ts';
import { TrailRecords } from './verify/records.ts';
import { verifyInThreads } from './verify/lane-threads.ts';
import { type Outside, readOutside } from './verify/outside.ts';
import { tenantsOf, type Verdict, type VerifierKeys } from './verify/verify.ts';

const USAGE = `usage:
  verify [--tenant <id>] [--checkpoints <file>] [--keys <pem file>] [--event-keys <jwks file>]
  verify --file <export> [--checkpoints <file>] [--keys <pem file>] [--event-keys <jwks file>]   without a database
  verify --file <manifest.json or a file beside it> [--keys <pem file>]    what the audit console gave out
  restore --tenant <id> --reason <text> --restore-key <private pem file> [--checkpoints <file>]   after a restore, before the service starts
  export --tenant <id> > <file>
  saw --tenant <id> --member <Patient id> --resource <Type/id>…            every request by which a resource left
      [--out <folder> [--apps <client list as JSON>]]                      as a signed file, with the addresses of the apps
  corrections --tenant <id> --since <ISO 8601>                              what to do again after a restore of a database of records
  scorecard --tenant <id> [--days <1 to 92>] [--prometheus <url>]           how apps get on with the plan; see docs/reporting.md
  hold set --tenant <id> [--member <Patient id>] --reason <text>
  hold lift --id <id>
  hold list [--tenant <id>]
  retention set --tenant <id> --months <number>
  drop [--dry-run]                                                         months whose retention is over
  prepare --ahead <months>                                                 make tables for the next months`;

const OPTIONS = {
  tenant: { type: 'string' },
  checkpoints: { type: 'string' },
  keys: { type: 'string' },
  'event-keys': { type: 'string' },
  'restore-key': { type: 'string' },
  'restore-keys': { type: 'string' },
  file: { type: 'string' },
  member: { type: 'string' },
  resource: { type: 'string', multiple: true },
  since: { type: 'string' },
  out: { type: 'string' },
  apps: { type: 'string' },
  reason: { type: 'string' },
  id: { type: 'string' },
  months: { type: 'string' },
  ahead: { type: 'string' },
  days: { type: 'string' },
  prometheus: { type: 'string' },
  'dry-run': { type: 'boolean' },
} as const;

const parse = () => parseArgs({ options: OPTIONS, allowPositionals: true });
type Values = ReturnType<typeof parse>['values'];

const EXIT = { broken: 1, wrong: 2, restored: 3 } as const;

class UsageError extends Error {}

function required(values: Values, name: keyof Values): string {
  const value = values[name];
  if (typeof value !== 'string' || value === '') throw new UsageError(`--${name} is missing`);
  return value;
}

async function asAuditor<Result>(work: (auditor: Pool) => Promise<Result>): Promise<Result> {
  const { AUDITOR_DATABASE_URL } = auditorSettings();
  // A verification must leave out nothing, so one batch may take as long as it needs.
  const auditor = await createPool(AUDITOR_DATABASE_URL, { ...COMMAND, max: 1, readOnly: true });
  try {
    return await work(auditor);
  } finally {
    await auditor.end();
  }
}

const withRecords = <Result>(work: (records: TrailRecords) => Promise<Result>): Promise<Result> =>
  asAuditor((auditor) => work(new TrailRecords(auditor)));

async function asOwner<Result>(work: (owner: pg.Client) => Promise<Result>): Promise<Result> {
  const owner = new pg.Client({ connectionString: ownerSettings().OWNER_DATABASE_URL });
  await owner.connect();
  try {
    return await work(owner);
  } finally {
    await owner.end();
  }
}

/** Public keys of the checkpoints: a file, the settings, or what belongs to the private key. */
async function checkpointKeysFor({ keys }: Values): Promise<CheckpointKeys> {
  if (keys !== undefined) return checkpointKeys(await readFile(keys, 'utf8'));
  const { CHECKPOINT_PUBLIC_KEYS: pem, CHECKPOINT_KEY: own } = keySettings();
  if (pem !== undefined) return checkpointKeys(pem);
  if (own !== undefined) return (await checkpointSigner(own)).keys;
  throw new UsageError('--keys, or CHECKPOINT_PUBLIC_KEYS, is missing');
}

/** What was signed and is kept outside the database: in the file that is named, or in the usual one if there is one yet. */
async function outsideFor(values: Values, keys: CheckpointKeys): Promise<Outside> {
  const { checkpoints: named, 'restore-keys': operators } = values;
  const { CHECKPOINT_LOG: usual, RESTORE_PUBLIC_KEYS } = keySettings();
  if (named !== undefined) await access(named);
  const pem = operators === undefined ? RESTORE_PUBLIC_KEYS : await readFile(operators, 'utf8');
  return readOutside(named ?? usual, keys, pem);
}

/** And the keys of the services that record events, today's and earlier ones. */
async function meansFor(values: Values): Promise<{ keys: VerifierKeys; published: Outside['checkpoints'] }> {
  const { 'event-keys': file } = values;
  const events =
    file === undefined ? keySettings().EVENT_PUBLIC_KEYS : eventKeys(await readFile(file, 'utf8'));
  const checkpoints = await checkpointKeysFor(values);
  const { restores, checkpoints: published } = await outsideFor(values, checkpoints);
  return { keys: { checkpoints, events, restores }, published };
}

function printRestored(tenant: string, { lane, signed, from, to, replayed }: RestoredLane): void {
  const lost = Math.max(0, to - from + 1 - replayed);
  console.log(
    `RESTORED  ${tenant}: records ${from} to ${to} of lane ${lane} were signed for before the restore of ${signed}; ` +
      `at most ${replayed} of that time came again, at least ${lost} are lost`,
  );
  process.exitCode ??= EXIT.restored;
}

function printVerdict({ tenant, records, checkpoints, restored = [], problem }: Verdict): void {
  for (const each of restored) printRestored(tenant, each);
  if (!problem) return console.log(`ok    ${tenant}: ${records} records, ${checkpoints} checkpoints`);
  const { lane, seq, from } = problem;
  const range = from === undefined ? '' : ` (one of ${from} to ${seq})`;
  const id = problem.id === undefined ? '' : `, AuditEvent/${problem.id}`;
  console.log(
    `FAIL  ${tenant}: first bad record ${seq} of lane ${lane}${range}${id}: ${problem.kind}; ${records} before it hold`,
  );
  process.exitCode = EXIT.broken;
}

function printManifestVerdict({ manifest, whole, problems }: ManifestVerdict): void {
  for (const { name, problem } of problems) console.log(`FAIL  ${name}: ${problem}`);
  if (!manifest) console.log('FAIL  manifest.json: not signed by any of the keys, or changed');
  else
    for (const { name, bytes } of whole)
      console.log(`ok    ${name}: ${bytes} bytes, signed ${manifest.signed} for ${manifest.tenant}`);
  if (!manifest || problems.length > 0) process.exitCode = EXIT.broken;
}

async function verify(values: Values): Promise<void> {
  if (values.file !== undefined && (await isConsoleFile(values.file)))
    return printManifestVerdict(await verifyConsoleFile(values.file, await checkpointKeysFor(values)));
  const { keys, published } = await meansFor(values);
  if (!keys.events)
    console.error('no keys of the services (--event-keys): what they signed is not looked at');
  if (published.length === 0)
    console.error(
      'no checkpoints from outside (--checkpoints): without them, a cut of both the trail and its copies of the checkpoints is not found',
    );
  if (values.file !== undefined)
    return printVerdict(await verifyExport(createReadStream(values.file), keys, published));
  await withRecords(async (records) => {
    const tenants = values.tenant === undefined ? await tenantsOf(records, published) : [values.tenant];
    const { AUDITOR_DATABASE_URL: url } = auditorSettings();
    for (const tenant of tenants) printVerdict(await verifyInThreads({ url, tenant, keys, published }));
  });
}

async function writeExport(values: Values): Promise<void> {
  const { keys } = await meansFor(values);
  await withRecords(async (records) => {
    for await (const line of exportTenant(records, required(values, 'tenant'), keys))
      if (!process.stdout.write(`${line}\n`))
        await new Promise((drained) => process.stdout.once('drain', drained));
  });
}

const shown = (months: readonly MonthToDrop[]) =>
  months.flatMap(({ from, going }) =>
    going.map(({ tenant, records, heads }) => ({
      month: from.toISOString().slice(0, 7),
      tenant,
      records,
      upTo: Object.fromEntries(heads.map(({ lane, seq }) => [lane, seq])),
    })),
  );

async function drop(values: Values): Promise<object> {
  if (values['dry-run']) return asOwner(async (owner) => shown(await planned(owner, new Date())));
  const { CHECKPOINT_KEY = '', ...to } = keySettings();
  const { keys } = await meansFor(values);
  const signer = await checkpointSigner(CHECKPOINT_KEY);
  const publisher = checkpointPublisher(to, createLogger('audit', 'info'));
  try {
    return await withRecords((records) =>
      asOwner(async (owner) => {
        const means = { owner, records, signer, keys, publisher, by: userInfo().username };
        return shown(await dropMonths(means, new Date()));
      }),
    );
  } finally {
    await publisher.close();
  }
}

async function restore(values: Values): Promise<object> {
  const [tenant, reason] = [required(values, 'tenant'), required(values, 'reason')];
  const key = await readFile(required(values, 'restore-key'), 'utf8');
  const { checkpoints: published } = await outsideFor(values, await checkpointKeysFor(values));
  const publisher = checkpointPublisher(keySettings(), createLogger('audit', 'info'));
  try {
    return await withRecords((records) =>
      asOwner((owner) => {
        const publish = (record: RestoreRecord) => publisher.publishStatement(record);
        return recordRestore({ owner, records, key, publish }, { tenant, reason, by: by() }, published);
      }),
    );
  } finally {
    await publisher.close();
  }
}

const by = () => userInfo().username;

/** The commands. The result of a command is printed as JSON. */
const COMMANDS: Readonly<Record<string, (values: Values) => Promise<unknown>>> = {
  verify,
  export: writeExport,
  restore,
  saw: (values) => {
    const { resource: resources = [], out, apps } = values;
    if (resources.length === 0) throw new UsageError('--resource is missing');
    const [tenant, member] = [required(values, 'tenant'), required(values, 'member')];
    const { CHECKPOINT_KEY: signingKey = '' } = keySettings();
    if (out !== undefined && !signingKey)
      throw new UsageError('CHECKPOINT_KEY is missing: it signs the file');
    return asAuditor((auditor) => saw(auditor, { tenant, member, resources, out, apps, signingKey }));
  },
  corrections: (values) => {
    const [tenant, since] = [required(values, 'tenant'), new Date(required(values, 'since'))];
    if (Number.isNaN(since.getTime())) throw new UsageError('--since is no time in ISO 8601');
    return asAuditor((auditor) => correctionsSince(auditor, tenant, since));
  },
  'hold set': (values) => {
    const [tenant, reason] = [required(values, 'tenant'), required(values, 'reason')];
    return asOwner((owner) => setHold(owner, { tenant, reason, member: values.member, by: by() }));
  },
  'hold lift': (values) => {
    const id = required(values, 'id');
    return asOwner((owner) => liftHold(owner, { id, by: by() }));
  },
  'hold list': ({ tenant = '' }) => asOwner((owner) => listHolds(owner, tenant)),
  'retention set': (values) => {
    const [tenant, months] = [required(values, 'tenant'), Number(required(values, 'months'))];
    return asOwner((owner) => setRetention(owner, { tenant, months, by: by() }));
  },
  scorecard: (values) => scorecard(auditorSettings(), { ...values, tenant: required(values, 'tenant') }),
  drop,
  prepare: (values) => {
    const ahead = Number(required(values, 'ahead'));
    return asOwner(
      async (owner) => (await owner.query('SELECT trail.prepare_months($1) AS made', [ahead])).rows[0],
    );
  },
};

async function main(): Promise<void> {
  const { positionals, values } = parse();
  const command = COMMANDS[positionals.join(' ')];
  if (!command) throw new UsageError(USAGE);
  const result = await command(values);
  if (result !== undefined) console.log(JSON.stringify(result, null, 2));
}

await main().catch((error: Error) => {
  console.error(error.message || error.name);
  process.exitCode = error instanceof UsageError || error instanceof ConfigError ? EXIT.wrong : EXIT.broken;
});
