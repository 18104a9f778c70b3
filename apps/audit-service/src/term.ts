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
  const visitTokens = (parameter: string, found: readonly Value[]) => {
    for (const value of found) visitor.token(parameter, value);
    if (found.length === 0) visitor.value(parameter, '');
  };
  const references = entity.flatMap(({ what }) => what?.reference?.replace(/\/_history\/.*$/, '') ?? []);
  visitor.value('action', action);
  visitor.value('policy', agent.find(({ policy }) => policy)?.policy?.[0] ?? '');
  visitor.value('source:identifier', source.observer.identifier?.value ?? '');
  visitor.value('_profile', meta?.profile?.[0] ?? '');
  for (const reference of references.length > 0 ? references : ['']) visitor.value('entity', reference);
  visitTokens('type', codes([event.type]));
  visitTokens('subtype', codes(subtypesOf(event)));
  visitTokens('agent', identifiers(agent.map(({ who }) => who)));
  visitTokens('entity:identifier', [...identifiers(entity.map(({ what }) => what)), ...requestIds(event)]);
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

type Inner<Value> = Map<string, Value>;
type Numbers = readonly string[];

/** The numbers of what comes again and again: looking up values is cheaper than one text that is put together of them. */
const values: Inner<Inner<Numbers>> = new Map();
const tokens: Inner<Inner<Inner<Numbers>>> = new Map();
let size = 0;

function inside<Value>(map: Inner<Inner<Value>>, key: string): Inner<Value> {
  let inner = map.get(key);
  if (!inner) map.set(key, (inner = new Map()));
  return inner;
}

function remember(known: Inner<Numbers>, value: string, make: () => Numbers): Numbers {
  const numbers = known.get(value);
  if (numbers) return numbers;
  const made = make();
  known.set(value, made);
  size += 1;
  if (size > MAX_REMEMBERED) {
    values.clear();
    tokens.clear();
    size = 0;
  }
  return made;
}

function numbersOfValue(parameter: string, value: string): Numbers {
  const make = () => [term(parameter, value)];
  return isRare(parameter, value) ? make() : remember(inside(values, parameter), value, make);
}

function numbersOfToken(parameter: string, token: Value): Numbers {
  const make = () => partsOf(parameter, token).map(([part, value]) => term(part, value));
  const { system, value } = token;
  if (isRare(parameter, value)) return make();
  return remember(inside(inside(tokens, parameter), system), value, make);
}

/** The same AuditEvent always gives the same numbers: a verifier compares what is stored with these. */
export function termsOf(resource: Resource): string[] {
  const terms: string[] = [];
  visit(resource as unknown as Searched, {
    value: (parameter, value) => terms.push(...numbersOfValue(parameter, value)),
    token: (parameter, value) => terms.push(...numbersOfToken(parameter, value)),
  });
  return terms;
}
