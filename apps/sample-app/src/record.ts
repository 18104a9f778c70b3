/** Reads a member's record. */
import type Client from 'fhirclient/lib/Client';

interface Concept {
  text?: string;
  coding?: { system?: string; code?: string; display?: string }[];
}
type Reference = { display?: string };
type Money = { value?: number; currency?: string };
/** What is used of a limit of the plan, and the limit: money, or a number of visits or things. */
type Sums = Partial<Record<'usedMoney' | 'allowedMoney', Money>>;
type Counts = Partial<Record<'usedUnsignedInt' | 'allowedUnsignedInt', number>>;
interface Result {
  type?: Concept;
  code?: Concept;
  valueQuantity?: { value?: number; unit?: string };
  valueCodeableConcept?: Concept;
  valueString?: string;
}

/** As much of the resources as this app reads. Every element but the type may be missing. */
export interface Resource extends Result {
  id?: string;
  resourceType: string;
  status?: string;
  text?: { div?: string };
  insurance?: { coverage?: Reference; item?: { unit?: Concept; benefit?: (Sums & Counts & Result)[] }[] }[];
  billablePeriod?: { start?: string };
  created?: string;
  provider?: Reference;
  subscriberId?: string;
  clinicalStatus?: Concept;
  recordedDate?: string;
  medicationReference?: Reference;
  medicationCodeableConcept?: Concept;
  dosageInstruction?: { text?: string }[];
  authoredOn?: string;
  effectiveDateTime?: string;
  component?: Result[];
  name?: { text?: string; given?: string[]; family?: string }[];
  birthDate?: string;
}

/** Code systems whose texts somebody holds rights in, by how they begin. A plan may send their codes without words. */
const KINDS: [system: string, kind: string][] = [
  ['http://loinc.org', 'LOINC test'],
  ['http://snomed.info/sct', 'SNOMED CT'],
  ['http://www.ama-assn.org/go/cpt', 'CPT procedure'],
  ['http://www.ada.org/cdt', 'CDT dental procedure'],
  ['https://x12.org/codes/', 'X12 reason'],
  ['https://www.nubc.org/CodeSystem/', 'NUBC hospital billing'],
  ['http://nucc.org/provider-taxonomy', 'NUCC specialty'],
  ['http://terminology.hl7.org/CodeSystem/NCPDP', 'NCPDP pharmacy'],
];

/** A code without words says which code it is, and of what kind. */
function codeOf({ system = '', code = '' }: { system?: string; code?: string } = {}): string {
  const kind = code && KINDS.find(([start]) => system.startsWith(start))?.[1];
  return kind ? `${code} (${kind})` : code;
}

export const words = (concept?: Concept): string =>
  concept?.text ?? concept?.coding?.find(({ display }) => display)?.display ?? codeOf(concept?.coding?.[0]);

export const nameOf = ({ name: [name] = [] }: Resource): string =>
  name?.text ?? [...(name?.given ?? []), name?.family].filter(Boolean).join(' ');

export const medicineOf = ({ medicationReference, medicationCodeableConcept }: Resource): string =>
  medicationReference?.display ?? words(medicationCodeableConcept);

const dollars = ({ value, currency = 'USD' }: Money = {}): string =>
  value?.toLocaleString('en-US', { style: 'currency', currency }) ?? '–';

/** What the plan says is used of each limit. Add no claims up yourself: some come late. */
export const usedOf = ({ insurance = [] }: Resource): string[] =>
  insurance
    .flatMap(({ item = [] }) => item)
    .flatMap(({ unit, benefit = [] }) =>
      benefit.map((limit) => {
        const used = limit.usedUnsignedInt ?? dollars(limit.usedMoney);
        const allowed = limit.allowedUnsignedInt ?? dollars(limit.allowedMoney);
        return `${words(limit.type)} (${words(unit)}): ${used} of ${allowed}`;
      }),
    );

/** What the narrative says in English, as text: nothing of it runs here, and no link leads away. */
export function narrativeOf({ text }: Resource): string | undefined {
  const page = new DOMParser().parseFromString(text?.div ?? '', 'text/html');
  return (page.querySelector('[lang=en]') ?? page.body).textContent || undefined;
}

export function resultOf(result: Resource | Result): string {
  if ('component' in result && result.component)
    return result.component.map((part) => `${words(part.code)}: ${resultOf(part)}`).join(', ');
  const { valueQuantity: { value, unit = '' } = {}, valueCodeableConcept, valueString } = result;
  return value === undefined ? (valueString ?? words(valueCodeableConcept)) : `${value} ${unit}`;
}

/** The kinds of data that the member may share, each with its search: the newest first. */
const SEARCHES = {
  coverage: 'Coverage?_count=10',
  limits: 'CoverageEligibilityResponse?status=active&_sort=-created&_count=5',
  claims: 'ExplanationOfBenefit?_sort=-service-date&_count=20',
  conditions: 'Condition?_sort=-recorded-date&_count=20',
  medications: 'MedicationRequest?_sort=-authoredon&_count=20',
  results: 'Observation?_sort=-date&_count=20',
};
type Kind = keyof typeof SEARCHES;

/** Resources, or in words why there are none. */
export type Found = Resource[] | string;
export type MemberRecord = Record<Kind, Found> & { patient: Resource };

async function search(client: Client, query: string): Promise<Found> {
  // Read `scope` of the token: the member may have left a kind of data out. Then there is no need to ask.
  const type = query.split('?')[0] ?? '';
  if (!client.getState('tokenResponse.scope').includes(`patient/${type}.`))
    return 'The member did not share this.';
  try {
    const { entry = [] } = await client.request<{ entry?: { resource: Resource }[] }>(query);
    return entry.map(({ resource }) => resource).filter(({ resourceType }) => resourceType === type);
  } catch (error) {
    return `This could not be read: ${(error as Error).message.split('\n')[0]}`;
  }
}

export async function readRecord(client: Client): Promise<MemberRecord> {
  const patient = await client.request<Resource>(`Patient/${client.patient.id}`);
  const found = await Promise.all(
    Object.entries(SEARCHES).map(async ([kind, query]) => [kind, await search(client, query)] as const),
  );
  return { patient, ...(Object.fromEntries(found) as Record<Kind, Found>) };
}
