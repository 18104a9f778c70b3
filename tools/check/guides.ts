/**
 * Compares the definitions with the requirements of the guides (US Core, CARIN Blue Button, PDex). Every SHALL has to
 * be met. Every SHOULD has to be met, or the definition has to give a reason for leaving it out. The lists of
 * requirements are in a folder beside the project. Without that folder the check is skipped.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Definition, definitions, serverLeftOut } from '@patient-access/fhir';

type Kind =
  | 'profile'
  | 'interaction'
  | 'search'
  | 'chain'
  | 'combination'
  | 'include'
  | 'revinclude'
  | 'operation'
  | 'format'
  | 'type';

interface Requirement {
  guide: string;
  type: string;
  kind: Kind;
  /**
   * canonical without version, interaction code, parameter name, `parameter.chained`, `a+b`, `Type:parameter`,
   * operation
   */
  value: string;
  level: 'SHALL' | 'SHOULD';
}

/** A resource type in the lists. A level is a text that begins with the level. */
interface GuideResource {
  expectation?: string;
  profiles: { url: string; expectation?: string }[];
  interactions: Record<string, string | null>;
  searchParams: Record<string, { expectation: string | null; chain?: Record<string, string> }>;
  combinations?: { params: string[]; expectation: string | null }[];
  operations?: { name: string; expectation: string | null }[];
  include: Record<string, string | null>;
  revinclude: Record<string, string | null>;
}

/** Interactions that guides require only of servers that accept data from clients, which this API does not do. */
const NOT_ASKED = new Set(['create', 'update', 'patch', 'delete']);
function level(text: string | null | undefined): 'SHALL' | 'SHOULD' | undefined {
  return /^(SHALL|SHOULD)\b/.exec(text ?? '')?.[1] as 'SHALL' | 'SHOULD' | undefined;
}

function chainsOf({ searchParams }: GuideResource): [string, string][] {
  return Object.entries(searchParams).flatMap(([name, { chain = {} }]) =>
    Object.entries(chain).map(([inner, expectation]): [string, string] => [`${name}.${inner}`, expectation]),
  );
}

function* requirementsOf(guide: string, type: string, resource: GuideResource): Generator<Requirement> {
  const lists: [Kind, [string, string | null | undefined][]][] = [
    ['profile', resource.profiles.map(({ url, expectation }) => [url, expectation])],
    ['interaction', Object.entries(resource.interactions).filter(([code]) => !NOT_ASKED.has(code))],
    ['search', Object.entries(resource.searchParams).map(([name, { expectation }]) => [name, expectation])],
    ['include', Object.entries(resource.include)],
    ['revinclude', Object.entries(resource.revinclude)],
    ['chain', chainsOf(resource)],
    ['combination', (resource.combinations ?? []).map((one) => [one.params.join('+'), one.expectation])],
    ['operation', (resource.operations ?? []).map(({ name, expectation }) => [name, expectation])],
  ];
  for (const [kind, entries] of lists) {
    for (const [value, expectation] of entries) {
      const asked = level(expectation);
      if (asked) yield { guide, type, kind, value, level: asked };
    }
  }
}

function read(directory: string, file: string): unknown {
  return JSON.parse(readFileSync(join(directory, file), 'utf8'));
}

function* requirements(directory: string): Generator<Requirement> {
  const usCore = read(directory, 'us-core-6.1.0.json') as {
    resources: Record<string, GuideResource>;
    formats: Record<string, string>;
  };
  for (const [type, resource] of Object.entries(usCore.resources)) {
    const asked = level(resource.expectation);
    if (asked) yield { guide: 'US Core 6.1.0', type, kind: 'type', value: type, level: asked };
    // For a type that the API does not have, one line about the type stands for all its requirements.
    if (definitions.has(type)) yield* requirementsOf('US Core 6.1.0', type, resource);
  }
  for (const [value, expectation] of Object.entries(usCore.formats)) {
    const asked = level(expectation);
    if (asked) yield { guide: 'US Core 6.1.0', type: '', kind: 'format', value, level: asked };
  }
  const carin = read(directory, 'carin-bb.json') as {
    resources: Record<string, Record<string, GuideResource>>;
  };
  for (const [version, resources] of Object.entries(carin.resources))
    for (const [type, resource] of Object.entries(resources))
      yield* requirementsOf(`CARIN BB ${version}`, type, resource);
  yield* pdexRequirements(read(directory, 'pdex.json') as { memberFacing: Record<string, PdexEntry> });
}

interface PdexEntry {
  profile: string;
  interactions: Record<string, string>;
  searchParamsSHALL: string[];
  extraSearchParam: Record<string, unknown>;
  includes: string[];
}

/** Requirements that PDex adds to US Core for members' apps: prior authorizations. */
function* pdexRequirements({
  memberFacing,
}: {
  memberFacing: Record<string, PdexEntry>;
}): Generator<Requirement> {
  const asked = memberFacing['ExplanationOfBenefit(prior auth)'] as PdexEntry;
  const searchParams = [...asked.searchParamsSHALL, ...Object.keys(asked.extraSearchParam)];
  const shall = (names: string[]) => Object.fromEntries(names.map((name) => [name, 'SHALL']));
  yield* requirementsOf('PDex 2.x', 'ExplanationOfBenefit', {
    profiles: [{ url: asked.profile, expectation: 'SHALL' }],
    interactions: asked.interactions,
    searchParams: Object.fromEntries(searchParams.map((name) => [name, { expectation: 'SHALL' }])),
    include: shall(asked.includes),
    revinclude: shall(['Provenance:target']),
  });
}

/** Parameters that every type has; the search grammar defines them. */
const OF_ALL_TYPES = new Set(['_id', '_lastUpdated']);

function isReference(type: string, parameter: string): boolean {
  const { search } = definitions.get(type) ?? {};
  return parameter === '*' || search?.[parameter]?.kind === 'reference';
}

const MET: Record<Exclude<Kind, 'format'>, (definition: Definition, value: string) => boolean> = {
  profile: ({ profiles }, value) => profiles.some(({ url }) => url === value),
  interaction: ({ interactions }, value) => (interactions as readonly string[]).includes(value),
  search: ({ search }, value) => OF_ALL_TYPES.has(value) || value in search,
  chain: ({ search }, value) => {
    const [name = '', inner = ''] = value.split('.');
    return search[name]?.chains?.includes(inner) ?? false;
  },
  combination: ({ search }, value) =>
    value.split('+').every((name) => OF_ALL_TYPES.has(name) || name in search),
  include: (_definition, value) => isReference(...(value.split(':') as [string, string])),
  revinclude: (_definition, value) => isReference(...(value.split(':') as [string, string])),
  operation: ({ operations = {} }, value) => value in operations,
  type: ({ interactions }) => interactions.length > 0,
};

/**
 * Whether a requirement is about the whole server or a missing type, so that no definition can give a reason for it.
 */
const ofServer = ({ kind }: Requirement): boolean => kind === 'format' || kind === 'type';

function isMet({ type, kind, value }: Requirement): boolean {
  if (kind === 'format') return value === 'json';
  const definition = definitions.get(type);
  return definition !== undefined && MET[kind](definition, value);
}

/**
 * @param root folder of the project; the lists are in `../shared/ig`
 * @returns each SHALL that is not met, and each SHOULD that is neither met nor has a reason; undefined when there is
 * none
 */
export function guideGaps(root: string): string | undefined {
  const directory = join(root, '../shared/ig');
  if (!existsSync(directory)) {
    console.log(
      '      the requirement lists of the guides are not here: nothing to compare the definitions with',
    );
    return undefined;
  }
  const missing: string[] = [];
  const leftOut = new Set<string>();
  for (const requirement of requirements(directory)) {
    const { guide, type, kind, value, level: asked } = requirement;
    const definition = definitions.get(type);
    if (isMet(requirement)) continue;
    const reasons = ofServer(requirement) ? serverLeftOut : definition?.leftOut;
    const reason = reasons?.[`${kind} ${value}`];
    if (asked === 'SHOULD' && reason !== undefined)
      leftOut.add(`${type || 'server'}: ${kind} ${value} (SHOULD): ${reason}`);
    else missing.push(`${guide}: ${type} ${asked} ${kind} ${value}`);
  }
  for (const line of leftOut) console.log(`      left out: ${line}`);
  return missing.length > 0 ? missing.join('\n') : undefined;
}
