/**
 * What an event can be searched by, as 64-bit numbers: one for each value of each search parameter (ADR 48). They stand in
 * the index from which a member's events are read.
 */
import { hash } from 'node:crypto';
import type { Resource } from '@patient-access/fhir';

/** Codes, apps, logins, tokens and members come again and again; what is asked for and by which request does not. */
const isRare = (parameter: string, value: string): boolean =>
  parameter === 'entity:identifier' || (parameter === 'entity' && !value.startsWith('Patient/'));
const MAX_REMEMBERED = 50_000;

/** Asked for as text, which is three times as fast as a Buffer. */
const numberOf = (text: string): string =>
  String(BigInt.asIntN(64, BigInt(`0x${hash('sha256', text, 'hex').slice(0, 16)}`)));

/** @returns the number of a value, as the decimal text of a `bigint`: the first 8 bytes of a SHA-256 */
export const term = (parameter: string, value: string): string => numberOf(`${parameter} ${value}`);

interface Coded {
  system?: string;
  code?: string;
}

interface Who {
  reference?: string;
  identifier?: { system?: string; value?: string };
}

/** The elements of an AuditEvent that are searched (http://hl7.org/fhir/R4/auditevent.html). */
interface Searched {
  meta?: { profile?: string[] };
  extension?: { url: string; valueString?: string; valueCoding?: Coded }[];
  type: Coded;
  subtype?: Coded[];
  action?: string;
  agent: { who?: Who; policy?: string[] }[];
  source: { observer: { identifier?: { value?: string } } };
  entity?: { what?: Who }[];
}

interface Value {
  system: string;
  value: string;
}

const codes = (all: readonly Coded[]): Value[] =>
  all.map(({ system = '', code = '' }) => ({ system, value: code }));
const identifiers = (all: readonly (Who | undefined)[]): Value[] =>
  all.flatMap((who) =>
    who?.identifier ? [{ system: who.identifier.system ?? '', value: who.identifier.value ?? '' }] : [],
  );

/** By which a request's events are found, wherever its id stands. */
const requestIds = ({ extension = [] }: Searched): Value[] =>
  extension.flatMap(({ url, valueString }) =>
    url.endsWith(':request-id') && valueString !== undefined ? [{ system: '', value: valueString }] : [],
  );

/** What is found as a subtype: also the code of ours that the profile of the event allows in an extension only. */
const subtypesOf = ({ subtype = [], extension = [] }: Searched): Coded[] => [
  ...subtype,
  ...extension.flatMap(({ valueCoding }) => valueCoding ?? []),
];

/** By search parameter; of nothing at all the value is empty. */
type SearchedValues = [parameter: string, value: string][];

/** A token as a whole and, where it has a system, each half of it. */
function partsOf(parameter: string, { system, value }: Value): SearchedValues {
  const whole: [string, string] = [parameter, `${system}|${value}`];
  return system ? [whole, [`${parameter} system`, system], [`${parameter} value`, value]] : [whole];
}

/** Who goes through all that an AuditEvent is found by, beside its id, its times and its outcome. */
interface Visitor {
  value(parameter: string, value: string): void;
  token(parameter: string, value: Value): void;
}

function visit(event: Searched, visitor: Visitor): void {
  const { agent, entity = [], source, meta, action = '' } = event;
  const tokens = (parameter: string, values: readonly Value[]) => {
    for (const value of values) visitor.token(parameter, value);
    if (values.length === 0) visitor.value(parameter, '');
  };
  const references = entity.flatMap(({ what }) => what?.reference?.replace(/\/_history\/.*$/, '') ?? []);
  visitor.value('action', action);
  visitor.value('policy', agent.find(({ policy }) => policy)?.policy?.[0] ?? '');
  visitor.value('source:identifier', source.observer.identifier?.value ?? '');
  visitor.value('_profile', meta?.profile?.[0] ?? '');
  for (const reference of references.length > 0 ? references : ['']) visitor.value('entity', reference);
  tokens('type', codes([event.type]));
  tokens('subtype', codes(subtypesOf(event)));
  tokens('agent', identifiers(agent.map(({ who }) => who)));
  tokens('entity:identifier', [...identifiers(entity.map(({ what }) => what)), ...requestIds(event)]);
}

/** @returns all that an AuditEvent is found by, beside its id, its times and its outcome */
export function searchedValues(resource: Resource): SearchedValues {
  const found: SearchedValues = [];
  visit(resource as unknown as Searched, {
    value: (parameter, value) => found.push([parameter, value]),
    token: (parameter, value) => found.push(...partsOf(parameter, value)),
  });
  return found;
}

/** The numbers of what comes again and again, by parameter, system and value. Looking up one text for all three is slow. */
const remembered = new Map<string, Map<string, Map<string, readonly string[]>>>();
let size = 0;

function inside<Inner>(map: Map<string, Map<string, Inner>>, key: string): Map<string, Inner> {
  let inner = map.get(key);
  if (!inner) map.set(key, (inner = new Map()));
  return inner;
}

/** Of what is no token: no system is a space. */
const NO_TOKEN = ' ';

function remember(parameter: string, system: string, value: string, make: () => string[]): readonly string[] {
  if (isRare(parameter, value)) return make();
  const values = inside(inside(remembered, parameter), system);
  const known = values.get(value);
  if (known) return known;
  const made = make();
  values.set(value, made);
  size += 1;
  if (size > MAX_REMEMBERED) {
    remembered.clear();
    size = 0;
  }
  return made;
}

/** The same AuditEvent always gives the same numbers: a verifier compares what is stored with these. */
export function termsOf(resource: Resource): string[] {
  const terms: string[] = [];
  visit(resource as unknown as Searched, {
    value: (parameter, value) =>
      terms.push(...remember(parameter, NO_TOKEN, value, () => [term(parameter, value)])),
    token: (parameter, token) =>
      terms.push(
        ...remember(parameter, token.system, token.value, () =>
          partsOf(parameter, token).map(([part, value]) => term(part, value)),
        ),
      ),
  });
  return terms;
}
