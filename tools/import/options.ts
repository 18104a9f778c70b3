import { dirname, join } from 'node:path';
import {
  dateSpan,
  definitions,
  GUIDE_SETS,
  parseInstant,
  planOf,
  type PublicationName,
  PUBLICATIONS,
  publicationTenant,
} from '@patient-access/fhir';
import { parseCommandLine } from '@patient-access/platform/command-usage';
import { RECORD_SERVICES } from '@patient-access/topology';
import type { AskedGuides } from './guides/chosen.ts';

export interface ImportCommandOptions {
  /** the plan, or the tenant of what it publishes */
  tenant: string;
  /** files, folders and addresses */
  paths: string[];
  /** files with addresses */
  lists: string[];
  rejects: string;
  /** somebody chose where */
  areRejectsNamed: boolean;
  /** beside the reject file */
  repeats: string;
  json: boolean;
  complete?: { types: string[]; atMost: number };
  /** delete too what has to stay for a time */
  deletesRetained: boolean;
  feeds: string[];
  asOf?: Date;
  /** day, ISO 8601 */
  completeSince?: string;
  /** whose profiles the resources are checked against, where it is not the set that the plan has chosen */
  guides?: AskedGuides;
}

/** A wrong call of the command. The message is for the person who typed it. */
export class ImportUsageError extends Error {
  override name = 'UsageError';
}

export const USAGE = `npm run import -- --tenant <id> [--rejects <file>] [--json] [--complete <type>…] <file, folder or https address>…

Stores FHIR R4 resources of one tenant: single resources, Bundles and NDJSON, also .gz; folders with everything in
them but hidden files, *.rejects.ndjson and *.repeats.ndjson. The same resource again changes nothing, a changed one
becomes a new version. Entries of Bundles whose request is a DELETE delete.

  --addresses <file> a file with https addresses to fetch, one a line (may be repeated); #sha256=<hex> at the end of an
                     address says what the file has to be. All files are fetched whole before the first one is read

  --complete <type>  the files hold everything of this type: what is stored and not in them is deleted (may be repeated)
  --at-most <n>%     with --complete: delete nothing if more than this part of what is stored would go (default: 5%)

  --delete-retained  delete prior authorizations, too, that changed within a year. The law asks to keep them
                     (42 CFR 422.119(b)(1)(iv)(B)), so without it they stay, and a DELETE of one is rejected

  --feed <type>      the files are the feed of this type; without a record of it they are a load of nothing (may be repeated)
  --as-of <instant>  when your system wrote the files, ISO 8601 (default: now). Apps and members are told this time

  --claims-complete-since <day>
                     all claims since this day are here after this load, ISO 8601. Where the plan sends no balances, apps
                     from which nothing is withheld get the sum of them. The next load of claims has to say it again

  --directory        the files are the provider directory of the plan (Plan-Net), which everybody may read at a base of
                     its own, without a login; nothing of it is seen by members' apps, and nothing of theirs there
  --formulary        the same for its formulary (Da Vinci US Drug Formulary)

  --guides <set>     check against the profiles of this set of guides, 2023 or 2027, which come with this product, or
                     none. Without it: of the set that the plan has chosen, as its CapabilityStatement at PUBLIC_URL says.
                     What is published is always checked against the profiles of its guide

  --rejects <file>   where to write what could not be stored, and why (default: import-<time>.rejects.ndjson, in the
                     temporary folder where nothing can be written to this one). In a folder that is loaded its name has
                     to end with .rejects.ndjson, or the next load would read it as data.
                     What came more than once, and differently, is in import-<time>.repeats.ndjson beside it
  --json             print the summary as JSON

Codes without a display get one (import:displays).

Where to: COVERAGE_INGEST_URL, CLAIMS_INGEST_URL and CLINICAL_INGEST_URL (or the same with _FILE), otherwise the
databases of the preview that \`npm start\` keeps. Everything is checked against R4. FHIR_PACKAGES_DIR: a folder of FHIR
packages; resources are checked against their profiles too. What is found, and what cannot be checked, is told by
\`npm run import:report\`.

Exit code: 0 everything is stored, 3 something was rejected, 2 wrong usage, 1 failure, 130 interrupted.`;

/** The grammar of a tenant's id, which is a part of the paths that serve it. */
export const TENANT = /^[a-z0-9](?:[a-z0-9-]{0,62})$/;

function parse(args: readonly string[]) {
  try {
    return parseCommandLine({
      args: [...args],
      allowPositionals: true,
      options: {
        tenant: { type: 'string' },
        addresses: { type: 'string', multiple: true, default: [] },
        rejects: { type: 'string' },
        json: { type: 'boolean', default: false },
        complete: { type: 'string', multiple: true, default: [] },
        'at-most': { type: 'string', default: '5%' },
        'delete-retained': { type: 'boolean', default: false },
        feed: { type: 'string', multiple: true, default: [] },
        'as-of': { type: 'string' },
        'claims-complete-since': { type: 'string' },
        ...PUBLISHED,
        guides: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new ImportUsageError((error as Error).message.split('\n')[0]);
  }
}

const KINDS = { directory: 'provider-directory', formulary: 'formulary' } as const satisfies Record<
  string,
  PublicationName
>;

/** The options that name the tenant of a command, as {@link importedTenant} reads them. */
export const argumentsOf = (tenant: string): string => {
  const plan = planOf(tenant);
  const kind = Object.entries(KINDS).find(([, name]) => publicationTenant(plan, name) === tenant)?.[0];
  return `--tenant ${plan}${kind ? ` --${kind}` : ''}`;
};

/** @throws ImportUsageError for a set that does not exist */
export function askedGuides(name: string | undefined): AskedGuides {
  const found = ([...GUIDE_SETS, 'none'] as const).find((each) => each === name);
  if (name !== undefined && !found)
    throw new ImportUsageError(`--guides: ${GUIDE_SETS.join(' or ')}, or none`);
  return found;
}

/** The options of a command that is about what a plan publishes, as {@link importedTenant} takes them. */
export const PUBLISHED = {
  directory: { type: 'boolean', default: false },
  formulary: { type: 'boolean', default: false },
} as const;

/** @returns the tenant to import into @throws ImportUsageError for two kinds at once */
export function importedTenant(plan: string, kinds: Readonly<Record<keyof typeof KINDS, boolean>>): string {
  const [kind, another] = (['directory', 'formulary'] as const).filter((each) => kinds[each]);
  if (another) throw new ImportUsageError('--directory or --formulary, not both in one import');
  return kind ? publicationTenant(plan, KINDS[kind]) : plan;
}

/** Is it a type that an import can hold? */
export const isImported = (type: string): boolean =>
  (RECORD_SERVICES as readonly string[]).includes(definitions.get(type)?.owner ?? '');

/** @throws ImportUsageError for what is no instant, or in the future */
function instantOf(text: string | undefined, now: Date): Date | undefined {
  if (text === undefined) return undefined;
  const at = text.includes('T') ? parseInstant(text) : undefined;
  if (!at || at > now)
    throw new ImportUsageError('--as-of: an instant that is past, with its offset: 2026-11-26T02:00:00Z');
  return at;
}

/** @throws ImportUsageError for what is no day, or in the future */
function dayOf(text: string | undefined, now: Date): string | undefined {
  if (text === undefined) return undefined;
  const span = /^\d{4}-\d\d-\d\d$/.test(text) ? dateSpan(text) : undefined;
  if (!span || span.low > now.toISOString())
    throw new ImportUsageError('--claims-complete-since: a day that has begun: 2026-01-01');
  return text;
}

/** @throws ImportUsageError for a type that an import cannot hold, or a part that is none */
function completeOf(types: string[], part: string): ImportCommandOptions['complete'] {
  if (types.length === 0) return undefined;
  const [, percent] = /^(\d{1,2}(?:\.\d+)?|100)%$/.exec(part) ?? [];
  if (percent === undefined) throw new ImportUsageError('--at-most: a part of what is stored, e.g. 5%');
  const unknown = types.find((type) => !isImported(type));
  if (unknown !== undefined) throw new ImportUsageError(`--complete: no type that is imported: ${unknown}`);
  return { types, atMost: Number(percent) / 100 };
}

/**
 * @param now the time in the name of the reject file
 * @returns undefined for `--help`
 * @throws ImportUsageError for a wrong call
 */
export function importOptions(args: readonly string[], now: Date): ImportCommandOptions | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  if (values.tenant === undefined) throw new ImportUsageError('--tenant is missing');
  if (!TENANT.test(values.tenant))
    throw new ImportUsageError('--tenant: lower case letters, digits and hyphens only');
  const lists = values.addresses;
  if (positionals.length + lists.length === 0) throw new ImportUsageError('no file or folder to import');
  const complete = completeOf(values.complete, values['at-most']);
  const asOf = instantOf(values['as-of'], now);
  const completeSince = dayOf(values['claims-complete-since'], now);
  const guides = askedGuides(values.guides);
  const unknown = values.feed.find((type) => !isImported(type));
  if (unknown !== undefined) throw new ImportUsageError(`--feed: no type that is imported: ${unknown}`);
  const time = now.toISOString().replace(/[:.]/g, '-');
  const rejects = values.rejects ?? `import-${time}.rejects.ndjson`;
  return {
    tenant: importedTenant(values.tenant, values),
    paths: positionals,
    lists,
    rejects,
    areRejectsNamed: values.rejects !== undefined,
    repeats: join(dirname(rejects), `import-${time}.repeats.ndjson`),
    json: values.json,
    ...(complete && { complete }),
    deletesRetained: values['delete-retained'],
    feeds: values.feed,
    ...(asOf && { asOf }),
    ...(completeSince && { completeSince }),
    ...(guides && { guides }),
  };
}

/** The tenants under which the databases of records hold something of a plan: itself, and what it publishes for everybody. */
export const tenantsOfPlan = (plan: string): string[] => [
  plan,
  ...PUBLICATIONS.map((name) => publicationTenant(plan, name)),
];
