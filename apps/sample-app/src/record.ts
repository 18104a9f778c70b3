/** Reads a member's record. */
import type * as fhir4 from 'fhir/r4';
import type Client from 'fhirclient/lib/Client';

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
function codeOf({ system = '', code = '' }: fhir4.Coding = {}): string {
  const kind = code && KINDS.find(([start]) => system.startsWith(start))?.[1];
  return kind ? `${code} (${kind})` : code;
}

export const words = (concept?: fhir4.CodeableConcept): string =>
  concept?.text ?? concept?.coding?.find(({ display }) => display)?.display ?? codeOf(concept?.coding?.[0]);

export const nameOf = ({ name: [name] = [] }: fhir4.Patient): string =>
  name?.text ?? [...(name?.given ?? []), name?.family].filter(Boolean).join(' ');

export const medicineOf = (order: fhir4.MedicationRequest): string =>
  order.medicationReference?.display ?? words(order.medicationCodeableConcept);

const dollars = ({ value, currency = 'USD' }: fhir4.Money = {}): string =>
  value?.toLocaleString('en-US', { style: 'currency', currency }) ?? '–';

/** What is used of each limit. Add no claims up yourself: some come late, and some may be withheld from you. */
export const usedOf = ({ insurance = [] }: fhir4.CoverageEligibilityResponse): string[] =>
  insurance
    .flatMap(({ item = [] }) => item)
    .flatMap(({ unit, benefit = [] }) =>
      benefit.map((limit) => {
        const used = limit.usedUnsignedInt ?? dollars(limit.usedMoney);
        // A balance that the API added up has no limits: those are in Coverage.costToBeneficiary.
        const allowed = limit.allowedUnsignedInt ?? (limit.allowedMoney && dollars(limit.allowedMoney));
        return `${words(limit.type)} (${words(unit)}): ${used}${allowed === undefined ? '' : ` of ${allowed}`}`;
      }),
    );

/** Did the API add the balance up from claims? The plan's own has no such label. */
export const isAddedUp = ({ meta }: fhir4.CoverageEligibilityResponse): boolean =>
  meta?.security?.some(({ code }) => code === 'AGGRED') ?? false;

export const planOf = ({ class: classes = [], type }: fhir4.Coverage): string => {
  const plan = classes.find((each) => each.type?.coding?.some(({ code }) => code === 'plan'));
  return plan?.name ?? plan?.value ?? words(type);
};

const LOCAL_DAY = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
/** Today where the member is, as FHIR writes a day: `2026-05-31`. */
const today = (): string => new Date().toLocaleDateString('en-CA', LOCAL_DAY);

/** Many plans leave `status` at `active` when a coverage has ended, so ask its period too. A day of FHIR may be a month or a year. */
function standingOf({ status, period: { start, end } = {} }: fhir4.Coverage) {
  if (end && end < today().slice(0, end.length)) return 'Ended';
  if (status !== 'active') return `Not in force (${status})`;
  return start && start > today() ? 'Not yet in force' : 'In force';
}
const isInForce = (coverage: fhir4.Coverage): boolean => standingOf(coverage) === 'In force';

/** Whether a coverage is in force, and of which days it is. */
export function inForceOf(coverage: fhir4.Coverage): string {
  const { period: { start, end } = {} } = coverage;
  const days = [start && `from ${start.slice(0, 10)}`, end && `until ${end.slice(0, 10)}`].filter(Boolean);
  return [standingOf(coverage), days.join(' ')].filter(Boolean).join(': ');
}

/** What the narrative says in English, as text: nothing of it runs here, and no link leads away. */
export function narrativeOf({ text }: fhir4.DomainResource): string | undefined {
  const page = new DOMParser().parseFromString(text?.div ?? '', 'text/html');
  return (page.querySelector('[lang=en]') ?? page.body).textContent || undefined;
}

/** A result, or the part of one: a blood pressure has two. */
export function resultOf(result: fhir4.Observation | fhir4.ObservationComponent): string {
  if ('component' in result && result.component)
    return result.component.map((part) => `${words(part.code)}: ${resultOf(part)}`).join(', ');
  const { valueQuantity: { value, unit = '' } = {}, valueCodeableConcept, valueString } = result;
  return value === undefined ? (valueString ?? words(valueCodeableConcept)) : `${value} ${unit}`;
}

/** A coverage, with how much of its limits is used now, or in words why nobody can say. */
export type Covered = fhir4.Coverage & { balance: fhir4.CoverageEligibilityResponse | string };

/** Resources, or in words why there are none. */
export type Found<T> = T[] | string;
export interface MemberRecord {
  patient: fhir4.Patient | string;
  coverage: Found<fhir4.Coverage>;
  limits: Found<Covered>;
  claims: Found<fhir4.ExplanationOfBenefit>;
  conditions: Found<fhir4.Condition>;
  medications: Found<fhir4.MedicationRequest>;
  results: Found<fhir4.Observation>;
}

const NOT_SHARED = 'The member did not share this.';

/** Read `scope` of the token: the member may have left a kind of data out. Then there is no need to ask. */
const isShared = (client: Client, type: string): boolean =>
  client.getState('tokenResponse.scope').includes(`patient/${type}.`);

const problem = (error: unknown) => `This could not be read: ${(error as Error).message.split('\n')[0]}`;

/** The first page of what a search finds. A search may add other resources, such as an OperationOutcome. */
async function search<T extends fhir4.FhirResource>(client: Client, type: T['resourceType'], query: string) {
  if (!isShared(client, type)) return NOT_SHARED;
  try {
    const { entry = [] } = await client.request<fhir4.Bundle<T>>(`${type}?${query}`);
    return entry.flatMap(({ resource }) => (resource?.resourceType === type ? [resource] : []));
  } catch (error) {
    return problem(error);
  }
}

/** The answer is 404 for several reasons that have one text: do not guess which it was. */
const NO_BALANCE =
  'Not known here. The plan has sent no figure, and its claims cannot be added up reliably. Ask the plan.';

async function withBalance(client: Client, coverage: fhir4.Coverage): Promise<Covered> {
  const path = `Coverage/${coverage.id}/$benefit-balance`;
  const balance = client.request<fhir4.CoverageEligibilityResponse>(path);
  const why = (error: { status?: number }) => (error.status === 404 ? NO_BALANCE : problem(error));
  return { ...coverage, balance: await balance.catch(why) };
}

/** The current balance of each coverage that is in force. */
async function limitsOf(client: Client, coverage: Found<fhir4.Coverage>): Promise<Found<Covered>> {
  if (!isShared(client, 'CoverageEligibilityResponse')) return NOT_SHARED;
  if (typeof coverage === 'string') return coverage;
  const current = coverage.filter(isInForce);
  if (current.length === 0) return 'No coverage is in force.';
  return Promise.all(current.map((each) => withBalance(client, each)));
}

/** The newest of each kind of data that the member shares. */
export async function readRecord(client: Client): Promise<MemberRecord> {
  const coverage = search<fhir4.Coverage>(client, 'Coverage', '_count=10');
  const [patient, covered, limits, claims, conditions, medications, results] = await Promise.all([
    isShared(client, 'Patient')
      ? client.request<fhir4.Patient>(`Patient/${client.patient.id}`).catch(problem)
      : NOT_SHARED,
    coverage,
    coverage.then((found) => limitsOf(client, found)),
    search<fhir4.ExplanationOfBenefit>(client, 'ExplanationOfBenefit', '_sort=-service-date&_count=20'),
    search<fhir4.Condition>(client, 'Condition', '_sort=-recorded-date&_count=20'),
    search<fhir4.MedicationRequest>(client, 'MedicationRequest', '_sort=-authoredon&_count=20'),
    search<fhir4.Observation>(client, 'Observation', '_sort=-date&_count=20'),
  ]);
  const ofToday = (one: fhir4.Coverage, other: fhir4.Coverage) =>
    Number(isInForce(other)) - Number(isInForce(one));
  const sorted = typeof covered === 'string' ? covered : [...covered].sort(ofToday);
  return { patient, coverage: sorted, limits, claims, conditions, medications, results };
}
