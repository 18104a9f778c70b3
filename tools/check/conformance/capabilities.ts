/**
 * Holds the CapabilityStatement of each set of guides, and of each publication, against what the packages of its own
 * guides ask of a server. Every SHALL has to be there. A SHOULD may have a reason in the definition of the type.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  capabilityStatement,
  definitions,
  GUIDE_SETS,
  PUBLICATIONS,
  publicationCapabilities,
  publications,
  serverLeftOut,
} from '@patient-access/fhir';
import { type AskedKind, askedOfServers, type AskedOfType } from './asked-of-servers.ts';
import { guidePackages, PACKAGE_SETS, type PackageSet } from './packages.ts';

const FILE = join(import.meta.dirname, 'asked-of-servers.json');

/** @returns the committed list */
export const committedAsked = (): AskedOfType[] => JSON.parse(readFileSync(FILE, 'utf8')) as AskedOfType[];

/** @returns file and text of the list, made from the packages; undefined when there are none */
export async function askedList(root: string): Promise<{ file: string; text: string } | undefined> {
  const lines: string[] = [];
  for (const set of PACKAGE_SETS) {
    const packages = await guidePackages(root, set);
    if (!packages) return undefined;
    lines.push(...askedOfServers(set, packages).map((each) => JSON.stringify(each)));
  }
  return { file: FILE, text: `[\n${lines.join(',\n')}\n]\n` };
}

interface OfferedType {
  type: string;
  supportedProfile?: readonly string[];
  interaction: readonly { code: string }[];
  searchParam?: readonly { name: string; documentation?: string }[];
  searchInclude?: readonly string[];
  searchRevInclude?: readonly string[];
  operation?: readonly { name: string }[];
}
export interface Offering {
  rest: readonly { resource: readonly OfferedType[] }[];
}

const OFFER = {
  base: 'https://plan.example/fhir',
  plan: { name: 'A plan' },
  release: { version: '0.0.0', date: '2026-01-01' },
  errors: 'https://plan.example/errors',
};

/** @returns what a plan of the set says that it offers, or a publication */
export function offeringOf(set: PackageSet): Offering {
  const guides = GUIDE_SETS.find((each) => each === set);
  if (guides) return capabilityStatement({ ...OFFER, guides }) as Offering;
  const name = PUBLICATIONS.find((each) => each === set);
  if (!name) throw new Error(`neither a set of guides nor a publication: ${set}`);
  return publicationCapabilities(publications[name], OFFER) as Offering;
}

const searched = ({ searchParam = [] }: OfferedType, name: string) =>
  searchParam.some((each) => each.name === name);

const chained = ({ searchParam = [] }: OfferedType, chain: string): boolean =>
  searchParam.some(({ documentation = '' }) =>
    documentation.replace('Chains: ', '').split(', ').includes(chain),
  );

const OFFERED: Readonly<Record<AskedKind, (offered: OfferedType, value: string) => boolean>> = {
  type: () => true,
  profile: ({ supportedProfile = [] }, value) =>
    supportedProfile.some((each) => each.split('|', 1)[0] === value),
  interaction: ({ interaction }, value) => interaction.some(({ code }) => code === value),
  search: searched,
  combination: (offered, value) => value.split('+').every((name) => searched(offered, name)),
  chain: chained,
  include: ({ searchInclude = [] }, value) => searchInclude.includes(value),
  revinclude: ({ searchRevInclude = [] }, value) => searchRevInclude.includes(value),
  operation: ({ operation = [] }, value) => operation.some(({ name }) => name === value),
};

/** What PDex asks of servers and this API does not offer, whatever the level, with the reason: docs/conformance.md says it too. */
export const NOT_OFFERED: readonly (readonly [asked: RegExp, reason: string])[] = [
  [/^Group /, 'a list of members for providers and other payers; nobody but a member reads here'],
  [/^Patient operation member-match$/, 'payers find a member so; here the token names the member'],
  [/^Consent profile .*\/pdex-provider-consent$/, 'a choice about providers’ access, which is not served'],
  [
    /^Coverage profile .*\/hrex-coverage$/,
    'what payers send one another; here Coverage follows US Core and CARIN',
  ],
  [
    /^(Coverage|Consent) interaction history-type$/,
    'the history of each resource is served, and _lastUpdated finds what changed',
  ],
  [/^Condition profile .*\/us-core-condition$/, 'US Core has two profiles in its place since 5.0.0'],
  [/^Observation profile .*\/vitalsigns$/, 'R4’s own, from which the profiles of US Core are derived'],
  [/^MedicationDispense combination patient\+intent/, 'MedicationDispense has no such element in R4'],
  [/^DiagnosticReport combination patient\+type$/, 'DiagnosticReport has no such element in R4'],
];
const PDEX = 'hl7.fhir.us.davinci-pdex';

/** @returns the reason for which something is not offered; undefined: there is none */
function reasonFor({ package: guide, type }: AskedOfType, line: string): string | undefined {
  const [level = '', ...rest] = line.split(' ');
  const what = rest.join(' ');
  const named = guide === PDEX && NOT_OFFERED.find(([asked]) => asked.test(`${type} ${what}`));
  if (named) return named[1];
  if (level !== 'SHOULD') return undefined;
  // The reason for a type that is not served is one for all that is asked of it.
  return definitions.get(type)?.leftOut?.[what] ?? serverLeftOut[`type ${type}`];
}

/** @returns what is asked and not offered, and has no reason */
export function missingOffers(
  asked: readonly AskedOfType[],
  offering: (set: PackageSet) => Offering,
): string[] {
  return asked.flatMap((each) => {
    const offered = offering(each.set).rest[0]?.resource.find(({ type }) => type === each.type);
    return each.asked
      .filter((line) => {
        const [, kind, ...value] = line.split(' ') as [string, AskedKind, ...string[]];
        return !(offered && OFFERED[kind](offered, value.join(' '))) && reasonFor(each, line) === undefined;
      })
      .map((line) => `${each.set}: ${each.package} ${each.version}: ${each.type}: ${line}`);
  });
}

/** @returns what is wrong with the statements, or that the committed list is not that of the packages; undefined for nothing */
export async function capabilityGaps(root: string): Promise<string | undefined> {
  const made = await askedList(root);
  if (made && made.text !== readFileSync(FILE, 'utf8')) return `${FILE}: npm run guide-lists`;
  const asked = committedAsked();
  const missing = missingOffers(asked, offeringOf);
  const count = asked.reduce((sum, each) => sum + each.asked.length, 0);
  console.log(
    `      ${count} requirements of ${new Set(asked.map((each) => `${each.package} ${each.version}`)).size} guides, of ${PACKAGE_SETS.length} statements`,
  );
  return missing.length > 0 ? missing.join('\n') : undefined;
}
