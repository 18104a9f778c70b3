/** `npm run import -- --tenant <id> <file-or-folder>…`: imports FHIR data into the databases of its owners. */
import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definitions, fhirBase, MEMBER_TYPE, type Owner } from '@patient-access/fhir';
import { saidMerges } from '@patient-access/fhir-store/ingest';
import { ConfigError } from '@patient-access/platform/config';
import { importedWords, installationAddress, openStores, packagesFolder } from './config.ts';
import { WrongAddress } from './fetch/address.ts';
import { openSources } from './fetch/sources.ts';
import { FindingsFile, whyUnwritable } from './findings-file.ts';
import { type Checks, checksOf } from './guides/checks.ts';
import { type GuidesToCheck, guidesToCheck } from './guides/chosen.ts';
import { codesOfPlan } from './guides/plan-codes.ts';
import { rulesHash } from './guides/rules-hash.ts';
import { doubtAboutPlan } from './known-plan.ts';
import { openOrSay } from './open-left.ts';
import { argumentsOf, type ImportCommandOptions, importOptions, USAGE, ImportUsageError } from './options.ts';
import { Progress } from './progress.ts';
import { NothingToImport, pathWith, type SourceFile } from './read/paths.ts';
import { type FileOrigin, type OnRead, recordsOf } from './read/records.ts';
import { tableOf } from './report/summary.ts';
import { clocksOf } from './store/complete-loads.ts';
import { importResources } from './store/import.ts';
import type { FileLine, Input, Stores } from './store/input.ts';
import { isRefused, type Summary } from './store/summary.ts';
import { withoutCategory } from './store/without-category.ts';

const EXIT = { failure: 1, usage: 2, rejected: 3, interrupted: 130 } as const;

async function* allRecords(
  files: readonly SourceFile[],
  onRead: OnRead,
): AsyncGenerator<Input<FileOrigin> | FileLine<FileOrigin>> {
  for (const { path, name } of files) yield* recordsOf(path, onRead, name);
}

/** Of what is not read, so many are named. */
const NAMED = 5;

const notRead = (paths: readonly string[]): string =>
  `not read: ${paths.slice(0, NAMED).join(', ')}${paths.length > NAMED ? ` and ${paths.length - NAMED} more` : ''}. ` +
  'Of a folder only .json, .ndjson and .jsonl (or .gz of these) are read, no hidden file, no link to elsewhere, and of an export its records alone';

async function run(
  options: ImportCommandOptions,
  stores: Stores,
  { load, isNaming, marks, base, doubt }: Checks & { base: string | undefined; doubt: string | undefined },
  signal: AbortSignal,
): Promise<Summary> {
  await openOrSay(stores, options.tenant);
  // What another import stores while files are fetched can be missing in them.
  const began = options.complete && (await clocksOf(stores));
  await using sources = await openSources(options.paths, options.lists, signal);
  const { files, unread } = sources;
  if (doubt !== undefined) console.error(doubt);
  if (unread.length > 0) console.error(notRead(unread));
  await using rejects = new FindingsFile(options.rejects);
  await using repeats = new FindingsFile(options.repeats);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  using progress = new Progress(process.stderr, total);
  return await importResources(
    stores,
    options.tenant,
    allRecords(files, (bytes, ahead) => progress.onRead(bytes, ahead)),
    {
      onProgress: (summary) => progress.onStored(summary),
      onReject: ({ origin, ...rejection }) => rejects.write({ ...origin, ...rejection }),
      onRepeat: (repeat) => repeats.write(repeat),
      signal,
      profiles: async () => (await load()).profiles,
      isNaming,
      // What a line says depends on the base, too.
      checkedBy: rulesHash([...marks, base ?? 'no base']),
      base,
      words: importedWords(),
      ...(options.complete && { complete: options.complete }),
      ...(began && { began }),
      deletesRetained: options.deletesRetained,
      feeds: options.feeds,
      hasUnread: unread.length > 0,
      ...(options.asOf && { asOf: options.asOf }),
      ...(options.completeSince && { completeSince: options.completeSince }),
    },
  );
}

/** A device, as /dev/null, and an empty file list nothing. */
function listsRejects(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return !!found?.isFile() && found.size > 0;
}

function printResult(options: ImportCommandOptions, summary: Summary, interrupted: boolean): void {
  console.log(options.json ? JSON.stringify(summary) : tableOf(summary));
  if (summary.rejected > 0) console.error(`rejected: see ${options.rejects}`);
  else if (listsRejects(options.rejects))
    console.error(`nothing was rejected: ${options.rejects} is of an earlier load`);
  if (summary.repeated > 0) console.error(`came more than once, and differently: see ${options.repeats}`);
  if (summary.repeatsUnknown !== undefined)
    console.error(
      `not known of all what came more than once, and differently (${summary.repeatsUnknown}). Everything else is done`,
    );
  for (const refused of notDeleted(options, summary)) console.error(refused);
  if (summary.stated === false) console.error(NOT_STATED);
  if (interrupted) {
    console.error(
      `interrupted; ${summary.postponed} read and not stored yet. To continue, run the same again.`,
    );
    process.exitCode = EXIT.interrupted;
  } else if (summary.rejected > 0 || summary.complete.some(isRefused) || summary.stated === false)
    process.exitCode = EXIT.rejected;
}

const NOT_STATED =
  'not stated that the claims are complete: something was rejected, another load changed claims at the same time, or a claim has a label that no member can release. No balances are computed';

/** Why a complete load has not deleted what it did not have. */
function notDeleted({ complete }: ImportCommandOptions, summary: Summary): string[] {
  if (!complete) return [];
  if (summary.complete.length === 0)
    return [
      `${complete.types.join(', ')}: not a complete load after all, so nothing that is missing was deleted`,
    ];
  return summary.complete
    .filter(isRefused)
    .map(
      ({ type, missing, stored }) =>
        `${type}: ${missing} of ${stored} are missing. Too many; nothing was deleted`,
    );
}

/** Says that the files of the plan ask for merges. None has begun. */
async function tellMerges({ tenant }: ImportCommandOptions, stores: Stores): Promise<void> {
  const pool = stores.get(definitions.get(MEMBER_TYPE)?.owner as Owner);
  const merges = pool ? await saidMerges(pool, tenant) : [];
  if (merges.length > 0)
    console.error(
      `the files say of ${merges.length} that they are one person: npm run -s import:merges -- --tenant ${tenant}`,
    );
}

/** @param names of the packages; undefined: nothing was checked by them */
function checkedBy(names: readonly string[] | undefined, { because }: GuidesToCheck, tenant: string): string {
  const found = `what was found: npm run import:report -- ${argumentsOf(tenant)}`;
  if (names) return `checked by ${['R4', ...names].join(', ')} (${because}); ${found}`;
  return `nothing new to check (${because}); ${found}`;
}

/**
 * @returns the options with places where a load can say what it found: without --rejects, in the temporary folder where the
 * command cannot write to its own, as in a container whose root file system is read only
 * @throws ImportUsageError when a load of the same would read the reject file as data, or there is no place where it can be written
 */
async function withPlaceForFindings(options: ImportCommandOptions): Promise<ImportCommandOptions> {
  const { rejects, repeats, areRejectsNamed, paths } = options;
  const path = await pathWith(rejects, paths);
  if (path !== undefined)
    throw new ImportUsageError(
      `--rejects: ${rejects} would be read with ${path} as data: end its name with .rejects.ndjson, or write it elsewhere`,
    );
  const why = await whyUnwritable(rejects);
  if (why === undefined) return options;
  if (areRejectsNamed) throw new ImportUsageError(`--rejects: ${rejects} cannot be written: ${why}`);
  const temporary = join(tmpdir(), rejects);
  const whyNot = await whyUnwritable(temporary);
  if (whyNot !== undefined)
    throw new ImportUsageError(
      `--rejects is missing, and neither ${rejects} (${why}) nor ${temporary} (${whyNot}) can be written`,
    );
  return { ...options, rejects: temporary, repeats: join(tmpdir(), repeats) };
}

async function main(): Promise<void> {
  const given = importOptions(process.argv.slice(2), new Date());
  if (!given) return console.log(USAGE);
  const options = await withPlaceForFindings(given);
  const interruption = new AbortController();
  // The first Ctrl-C ends the import in order, as the end of a pod does. A second one ends the process at once.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());
  const address = installationAddress();
  const base = address && fhirBase(address.publicUrl, options.tenant);
  const guides = await guidesToCheck(options.tenant, options.guides, address);
  const folder = packagesFolder();
  await using stores = await openStores(options.tenant);
  const doubt = await doubtAboutPlan(stores.values(), options.tenant);
  const codes = await codesOfPlan(stores, options.tenant);
  const checks = checksOf({ tenant: options.tenant, guides: guides.set, folder, planCodes: codes });
  let names: string[] | undefined;
  const load = async () => {
    const loaded = await checks.load();
    names = loaded.names;
    return loaded;
  };
  const summary = await run(options, stores, { ...checks, load, base, doubt }, interruption.signal);
  // After an interruption the same is run again.
  const labels = interruption.signal.aborted ? [] : await withoutCategory(stores, options.tenant);
  if (labels.length > 0) summary.withoutCategory = labels;
  printResult(options, summary, interruption.signal.aborted);
  await tellMerges(options, stores);
  if (!options.json) console.log(checkedBy(names, guides, options.tenant));
}

await main().catch((error: Error) => {
  if (error.name === 'AbortError') {
    console.error('interrupted before everything was fetched; nothing was stored');
    process.exitCode = EXIT.interrupted;
    return;
  }
  const isUsage = [ImportUsageError, NothingToImport, WrongAddress, ConfigError].some(
    (kind) => error instanceof kind,
  );
  console.error(`import: ${error.message || (error as NodeJS.ErrnoException).code || error.name}`);
  if (error instanceof ImportUsageError) console.error('Try --help.');
  process.exitCode = isUsage ? EXIT.usage : EXIT.failure;
});
