/**
 * What an event can be searched by, as 64-bit numbers: one for each value of each search parameter (ADR 48). They stand in
 * the index from which a member's events are read.
 */
import { hash } from 'node:crypto';
import type { Resource } from '@patient-access/fhir';

/** Codes, apps, logins and services come again and again; what is asked for and by which request does not. */
const RARE = new Set(['policy', 'entity', 'entity:identifier']);
const MAX_REMEMBERED = 50_000;
const remembered = new Map<string, string>();

/** Asked for as text, which is three times as fast as a Buffer. */
const numberOf = (text: string): string =>
  String(BigInt.asIntN(64, BigInt(`0x${hash('sha256', text, 'hex').slice(0, 16)}`)));

/** @returns the number of a value, as the decimal text of a `bigint`: the first 8 bytes of a SHA-256 */
export function term(parameter: string, value: string): string {
  const text = `${parameter} ${value}`;
  if (RARE.has(parameter)) return numberOf(text);
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const number = numberOf(text);
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(text, number);
  return number;
}

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

/** Each value as a whole and, where it has a system, each half of it. */
function valuesOf(parameter: string, values: readonly Value[]): SearchedValues {
  if (values.length === 0) return [[parameter, '']];
  return values.flatMap(({ system, value }): SearchedValues => [
    [parameter, `${system}|${value}`],
    ...(system
      ? ([
          [`${parameter} system`, system],
          [`${parameter} value`, value],
        ] as SearchedValues)
      : []),
  ]);
}

/** @returns all that an AuditEvent is found by, beside its id, its times and its outcome */
export function searchedValues(resource: Resource): SearchedValues {
  const event = resource as unknown as Searched;
  const { agent, entity = [], source, meta, action = '' } = event;
  const references = entity.flatMap(({ what }) => what?.reference?.replace(/\/_history\/.*$/, '') ?? []);
  return [
    ['action', action],
    ['policy', agent.find(({ policy }) => policy)?.policy?.[0] ?? ''],
    ['source:identifier', source.observer.identifier?.value ?? ''],
    ['_profile', meta?.profile?.[0] ?? ''],
    ...(references.length > 0 ? references : ['']).map((each): [string, string] => ['entity', each]),
    ...valuesOf('type', codes([event.type])),
    ...valuesOf('subtype', codes(subtypesOf(event))),
    ...valuesOf('agent', identifiers(agent.map(({ who }) => who))),
    ...valuesOf('entity:identifier', [...identifiers(entity.map(({ what }) => what)), ...requestIds(event)]),
  ];
}

/** The same AuditEvent always gives the same numbers: a verifier compares what is stored with these. */
export const termsOf = (resource: Resource): string[] =>
  searchedValues(resource).map(([parameter, value]) => term(parameter, value));
