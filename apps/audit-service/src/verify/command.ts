/** `audit verify` and `audit export`. */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { withRecords } from '../command/connections.ts';
import { checkpointKeysFor, meansFor, outsideFor } from '../command/keys.ts';
import { type AuditOptions, EXIT, required, UsageError } from '../command/options.ts';
import type { FileManifest } from '../checkpoints/manifest.ts';
import { auditorSettings, keySettings } from '../config.ts';
import { acknowledgedLines } from '../foreign/foreign-records.ts';
import { restoredLines } from '../restores/restored-lines.ts';
import { type FileProblem, isConsoleFile, type ManifestVerdict, verifyConsoleFile } from './console-files.ts';
import { DamagedExport, exportTenant, verifyExport } from './export.ts';
import { verifyInThreads } from './lane-threads.ts';
import { statementLines } from './operator-statements.ts';
import type { Outside } from './outside.ts';
import { beginsLate, lacksPublished } from './published.ts';
import { tenantsOf, type Verdict, withBeside } from './verify.ts';

function printVerdict(
  { tenant, records, checkpoints, restored = [], acknowledged = [], problem, more = [] }: Verdict,
  replays: Outside['replays'] = [],
): void {
  for (const line of restoredLines(tenant, restored, replays)) console.log(line);
  for (const line of acknowledgedLines(tenant, acknowledged)) console.log(line);
  if (restored.length + acknowledged.length > 0) process.exitCode ??= EXIT.restored;
  if (!problem) return console.log(`ok    ${tenant}: ${records} records, ${checkpoints} checkpoints`);
  for (const { lane, seq, from, id, kind } of [problem, ...more]) {
    const range = from === undefined ? '' : ` (one of ${from} to ${seq})`;
    const event = id === undefined ? '' : `, AuditEvent/${id}`;
    fail(
      `${tenant}: first bad record ${seq} of lane ${lane}${range}${event}: ${kind}; ${records} of all lanes hold`,
    );
  }
}

/** What the files are about, by which nobody takes them for those of another period or app. */
const filterIn = ({ filter }: FileManifest): string =>
  Object.entries(filter)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');

/** What the name of a problem does not say by itself. */
const IN_WORDS: Partial<Record<FileProblem['problem'], string>> = {
  'not-signed': 'not signed by any of the keys, or changed',
  // What does not begin as an export is taken for a file of the console.
  'no-manifest': 'missing, and the file does not begin as an export of a trail',
};

function printManifestVerdict({ manifest, whole, problems }: ManifestVerdict): void {
  for (const { name, problem } of problems) fail(`${name}: ${IN_WORDS[problem] ?? problem}`);
  if (!manifest) return;
  for (const { name, bytes } of whole)
    console.log(
      `ok    ${name}: ${bytes} bytes, signed ${manifest.signed} for ${manifest.tenant}: ${filterIn(manifest)}`,
    );
}

function fail(what: string): void {
  console.log(`FAIL  ${what}`);
  process.exitCode = EXIT.broken;
}

/** Nothing is known of this plan: its name has probably been misspelt. */
const isOfNobody = ({ records, checkpoints, problem }: Verdict) => !problem && records + checkpoints === 0;

function printNamed(verdict: Verdict, replays: Outside['replays']): void {
  if (isOfNobody(verdict)) fail(`${verdict.tenant}: there is neither a chain nor a checkpoint of it`);
  else printVerdict(verdict, replays);
}

/** The heads and the checkpoints in the file are from where its records are: those from outside have to vouch for them. */
async function verifyFile(
  file: string,
  named: string | undefined,
  { keys, published, replays }: Awaited<ReturnType<typeof meansFor>>,
): Promise<void> {
  const verdict = await verifyExport(createReadStream(file), keys, published).catch((error: unknown) => {
    if (!(error instanceof DamagedExport)) throw error;
    fail(`${basename(file)}: ${error.message}`);
  });
  if (!verdict) return;
  printNamed(verdict, replays);
  const { tenant } = verdict;
  if (named !== undefined && !published.some((checkpoint) => checkpoint.tenant === tenant))
    fail(`${tenant}: ${named} has no checkpoint of it`);
}

async function verifyChains(options: AuditOptions): Promise<void> {
  const means = await meansFor(options);
  const { keys, published, replays } = means;
  if (!keys.events)
    console.error('no keys of the services (--event-keys): what they signed is not looked at');
  if (published.length === 0)
    console.error(
      'no checkpoints from outside (--checkpoints): without them, a cut of both the trail and its copies of the checkpoints is not found',
    );
  if (options.file !== undefined) return verifyFile(options.file, options.checkpoints, means);
  await withRecords(async (records) => {
    const tenants =
      options.tenant === undefined ? await tenantsOf(records, published) : [required(options, 'tenant')];
    const { AUDITOR_DATABASE_URL: url } = auditorSettings();
    for (const tenant of tenants) {
      const verdict = await withBeside(records, await verifyInThreads({ url, tenant, keys, published }));
      if (options.tenant === undefined) printVerdict(verdict, replays);
      else printNamed(verdict, replays);
      const late = await beginsLate(records, tenant, published);
      if (late)
        console.log(
          `SINCE ${tenant}: its checkpoints from outside begin at ${late.outside}, its trail at ${late.trail}: they do not show what was cut before`,
        );
      if (options.checkpoints === undefined || !(await lacksPublished(records, tenant, keys, published)))
        continue;
      fail(`${tenant}: ${options.checkpoints} has no checkpoint of it, and its trail is older than a day`);
    }
  });
}

/** Verifies a file, or the chains of the plans, and prints what it found. */
export async function verifyCommand(options: AuditOptions): Promise<void> {
  if (options.file !== undefined && (await isConsoleFile(options.file)))
    return printManifestVerdict(await verifyConsoleFile(options.file, await checkpointKeysFor(options)));
  await verifyChains(options);
  if (options['restored-is-whole'] && process.exitCode === EXIT.restored) process.exitCode = 0;
}

/** Writes the trail of a plan to standard output. */
export async function exportCommand(options: AuditOptions): Promise<void> {
  const { keys } = await meansFor(options);
  await withRecords(async (records) => {
    for await (const line of exportTenant(records, required(options, 'tenant'), keys))
      if (!process.stdout.write(`${line}\n`))
        await new Promise((drained) => process.stdout.once('drain', drained));
  });
}

/** Writes what the operators have signed to standard output, one statement a line, for `OPERATOR_STATEMENTS`. */
export async function statementsCommand(options: AuditOptions): Promise<void> {
  if (options['restore-keys'] === undefined && keySettings().RESTORE_PUBLIC_KEYS === undefined)
    throw new UsageError('--restore-keys, or RESTORE_PUBLIC_KEYS, is missing');
  const outside = await outsideFor(options, await checkpointKeysFor(options));
  for (const line of statementLines(outside)) console.log(line);
}
