/** What each caller may notice of a few resources that change, said anew and simply: by what is there, and what is withheld. */
import { condition, observation, type SeededRandom } from '@patient-access/testing';
import type { Resource } from '@patient-access/fhir';

const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
export const [MH, SUD] = [`${ACT}|MH`, `${ACT}|SUD`];
const ICD = 'http://hl7.org/fhir/sid/icd-10-cm';
export const RULES = [{ category: 'substance-use', codes: { [ICD]: ['F10*'] } }] as const;
/** The last two are the plan's, and what cannot be without what it names. */
export const KEYS = [
  ...['Observation/a', 'Observation/b', 'Observation/c', 'Condition/d', 'List/e'],
  ...['Practitioner/f', 'Provenance/g'],
];
const isProvenance = (key: string) => key.startsWith('Provenance/');
const NAMED = KEYS.filter((key) => !isProvenance(key));

/** What a version has. */
export interface SentVersion {
  labels: string[];
  /** has it a code of the plan's list? */
  isListed: boolean;
  names: string[];
  value: number;
  deleted?: true;
}

/** All versions of each resource, and whether the plan's list holds. */
export interface SentHistory {
  versions: ReadonlyMap<string, readonly SentVersion[]>;
  isList: boolean;
}

export function someVersion({ below, pick, some }: SeededRandom, key: string): SentVersion {
  const names = key.startsWith('Practitioner/')
    ? []
    : some(3, () => pick(NAMED.filter((each) => each !== key)));
  return {
    labels: below(3) === 0 ? [...new Set(some(2, () => pick([MH, SUD])))] : [],
    isListed: !isProvenance(key) && key !== 'Practitioner/f' && below(4) === 0,
    names: [...new Set(names)],
    value: below(2),
  };
}

/** @param lastUpdated as a plan's system sends it */
export function resourceOf(key: string, said: SentVersion, lastUpdated: string): Resource {
  const [resourceType = '', id = ''] = key.split('/');
  const security = said.labels.map((label) => ({ system: ACT, code: label.slice(ACT.length + 1) }));
  const meta = { lastUpdated, ...(security.length > 0 && { security }) };
  const references = said.names.map((reference) => ({ reference }));
  const code = { coding: [{ system: ICD, code: said.isListed ? 'F10.20' : 'J45' }] };
  const common = { meta, code, note: [{ text: String(said.value) }] };
  const list = <Value>(name: string, values: Value[]) => (values.length > 0 ? { [name]: values } : {});
  switch (resourceType) {
    case 'Observation':
      return observation(id, 'anna', { ...common, ...list('hasMember', references) });
    case 'Condition':
      return condition(id, 'anna', {
        ...common,
        ...list(
          'evidence',
          references.map((each) => ({ detail: [each] })),
        ),
      });
    case 'List':
      return {
        ...{ resourceType, id, status: 'current', mode: 'working', subject: { reference: 'Patient/anna' } },
        ...common,
        ...list(
          'entry',
          references.map((item) => ({ item })),
        ),
      };
    case 'Practitioner':
      return { resourceType, id, meta, name: [{ family: String(said.value) }] };
    default:
      return {
        ...{ resourceType, id, meta, target: references, recorded: '2026-01-01T00:00:00Z' },
        agent: [{ who: { display: String(said.value) } }],
      };
  }
}

const labelsOf = ({ labels, isListed }: SentVersion, { isList }: SentHistory) => [
  ...new Set([...labels, ...(isListed && isList ? [SUD] : [])]),
];

const isFor = (released: readonly string[], said: SentVersion, told: SentHistory) =>
  labelsOf(said, told).every((label) => released.includes(label));

/** @returns by resource, what the versions say that the caller is served; undefined where there is none for the caller */
export function toldTo(released: readonly string[], told: SentHistory): Map<string, string | undefined> {
  const last = (key: string) => told.versions.get(key)?.at(-1);
  const hidden = new Set(
    KEYS.filter((key) => {
      const said = last(key);
      return said !== undefined && !isFor(released, said, told);
    }),
  );
  const served = (key: string, said: SentVersion): string => {
    const names = said.names.filter((name) => !hidden.has(name));
    if (!isFor(released, said, told) || (isProvenance(key) && names.length === 0)) return '';
    return JSON.stringify({ ...said, names, labels: labelsOf(said, told) });
  };
  return new Map(
    KEYS.map((key) => {
      const versions = (told.versions.get(key) ?? []).map((said) => served(key, said));
      const isThere = Boolean(versions.at(-1));
      return [key, isThere ? versions.filter((each, at) => each !== versions[at - 1]).join('\n') : undefined];
    }),
  );
}
