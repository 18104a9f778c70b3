/**
 * Compares docs/developers/reference.md with the definitions of resource types.
 * `node tools/check/developer-reference.ts` writes it anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Definition,
  definitions,
  GUIDE_SETS,
  isReferenceData,
  type SearchParameter,
  servedTypes,
} from '@patient-access/fhir';
import { format, resolveConfig } from 'prettier';
import { examplesByType } from './reference-examples.ts';

const FILE = 'docs/developers/reference.md';

const INTRODUCTION = [
  '# Resource types',
  'This page is made from the definitions that the server itself works with. A type that a plan does not offer is not in `{FHIR base}/metadata`. All types have `_id`, `_lastUpdated`, `_profile`, `_tag` and `_security` besides. Types in parentheses are those that a reference may lead to. A reference without them may lead to every type: write `Type/id`. [Reading data](reading.md#search) says how to write the values of each kind.',
  'The scope to read a type is `patient/{type}.r`, to search it `patient/{type}.s`; most apps ask for `patient/{type}.rs`.',
  'Each type has an example, a whole resource. It comes from the preview: the smallest of its type that its made-up members have. Others have more elements: the profiles say which. The preview does not have every type. Where an example was written for this page, its line says so. Such a resource is made up, too, and it is valid FHIR R4.',
  'Two versions of a profile are those of the sets of guides `2023` and `2027`, of which each plan has chosen one. `{FHIR base}/metadata` names the versions of the plan. In `meta.profile` compare canonicals without the part after `|`: a resource may name versions of both sets. Of the preview’s plans `northwind` follows 2023, and `lakeside` 2027. Searches are the same in both sets.',
];

const EXAMPLES = examplesByType();

/** Closed, because some are long. The answer to a read is one such resource; a search has them as `entry.resource`. */
function exampleOf(type: string): string[] {
  const example = EXAMPLES.get(type);
  if (!example) throw new Error(`no example of ${type}: add tools/check/examples/${type}.json`);
  const json = JSON.stringify(example.resource, null, 2);
  const line = `Example: ${type}${example.from === 'preview' ? '' : ` (${example.from})`}`;
  return [`<details>\n<summary>${line}</summary>\n\n\`\`\`json\n${json}\n\`\`\`\n\n</details>`];
}

/** A profile as a link with a short name, and its version in each set of guides: `us-core-patient 6.1.0 / 7.0.0`. */
function profileLink({ url, versions }: Definition['profiles'][number]): string {
  const different = [...new Set(Object.values(versions))].join(' / ');
  const sets = GUIDE_SETS.filter((set) => set in versions);
  const only = sets.length < GUIDE_SETS.length ? `, only in ${sets.join(', ')}` : '';
  return `[${url.split('/').at(-1)} ${different}](${url})${only}`;
}

const parameterText = ([name, { targets, byIdentifier }]: [string, SearchParameter]): string => {
  if (byIdentifier) return `\`${name}:identifier\``;
  return targets ? `\`${name}\` (${targets.join(', ')})` : `\`${name}\``;
};

/** The chains of a type: those of every base, and those of the bases without a login alone. */
function chainsOf(parameters: readonly [string, SearchParameter][]): string[] {
  const named = (of: 'chains' | 'publishedChains') =>
    parameters.flatMap(([name, parameter]) => (parameter[of] ?? []).map((chain) => `\`${name}.${chain}\``));
  return (
    [
      ['chains', named('chains')],
      ['chains at the bases without a login alone', named('publishedChains')],
    ] as const
  ).flatMap(([title, names]) => (names.length > 0 ? [`- ${title}: ${names.join(', ')}`] : []));
}

/** One line for each kind, because the kind decides how a value is written. */
function searchesOf({ search }: Definition): string[] {
  const parameters = Object.entries(search).sort(([a], [b]) => a.localeCompare(b, 'en'));
  const kinds = [...new Set(parameters.map(([, { kind }]) => kind))].sort();
  const byKind = kinds.map((each) => {
    const ofKind = parameters.filter(([, { kind }]) => kind === each);
    return `- ${each}: ${ofKind.map(parameterText).join(', ')}`;
  });
  return [...byKind, ...chainsOf(parameters)];
}

/** The names of interactions are codes of FHIR. */
const interactionsOf = ({ interactions }: Definition): string =>
  interactions.map((code) => `\`${code}\``).join(', ');

function whose(definition: Definition): string {
  if (isReferenceData(definition)) return 'Reference data of the plan, the same for all members.';
  const { membership } = definition;
  const ofPlan = membership.by === 'element' ? membership.unless : undefined;
  return `Belongs to the member of the token.${ofPlan ? ` With the code \`${ofPlan.code}\` it belongs to the plan.` : ''}`;
}

function notesOf(definition: Definition): string[] {
  const operations = Object.keys(definition.operations ?? {}).map((name) => `\`$${name}\``);
  return [
    whose(definition),
    `Interactions: ${interactionsOf(definition)}.`,
    ...(operations.length > 0 ? [`Operations: ${operations.join(', ')}.`] : []),
    ...(definition.namedOnly ? ['No wildcard scope covers it: ask for it by name.'] : []),
  ];
}

function sectionOf(type: string): string {
  const definition = definitions.get(type);
  if (!definition) throw new Error(`no definition of ${type}`);
  const isSearched = definition.interactions.includes('search-type');
  const searches = isSearched ? searchesOf(definition) : [];
  return [
    `## ${type}`,
    notesOf(definition).join(' '),
    ...(definition.profiles.length > 0
      ? [`Profiles: ${definition.profiles.map(profileLink).join(', ')}.`]
      : []),
    ...(searches.length > 0 ? [`Searched by:\n\n${searches.join('\n')}`] : []),
    ...exampleOf(type),
  ].join('\n\n');
}

async function expected(root: string): Promise<string> {
  const text = [...INTRODUCTION, ...servedTypes.map(sectionOf)].join('\n\n');
  return format(text, { ...(await resolveConfig(join(root, FILE))), parser: 'markdown' });
}

/** @returns what is wrong, or undefined */
export async function outdatedDeveloperReference(root: string): Promise<string | undefined> {
  return readFileSync(join(root, FILE), 'utf8') === (await expected(root))
    ? undefined
    : `${FILE} is not what the definitions say: node tools/check/developer-reference.ts`;
}

if (import.meta.main) writeFileSync(FILE, await expected('.'));
