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

export const day = (time?: string): string => time?.slice(0, 10) ?? '–';

export const words = (concept?: fhir4.CodeableConcept): string =>
  concept?.text ?? concept?.coding?.find(({ display }) => display)?.display ?? codeOf(concept?.coding?.[0]);

export const nameOf = ({ name: [name] = [] }: fhir4.Patient): string =>
  name?.text ?? [...(name?.given ?? []), name?.family].filter(Boolean).join(' ');

export const medicineOf = (order: fhir4.MedicationRequest): string =>
  order.medicationReference?.display ?? words(order.medicationCodeableConcept);

const dollars = ({ value, currency = 'USD' }: fhir4.Money = {}): string =>
  value?.toLocaleString('en-US', { style: 'currency', currency }) ?? '–';

/** What is used of each limit. Add no claims up yourself: some come late, and some may be withheld from you. */
const usedOf = ({ insurance = [] }: fhir4.CoverageEligibilityResponse): string[] =>
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

/** What is used, and whose figure that is. A sum of claims has a label, and must not look like the plan's own. */
export function balanceOf({ balance }: Covered): string {
  if (typeof balance === 'string') return balance;
  const isSum = balance.meta?.security?.some(({ code }) => code === 'AGGRED');
  const asOf = `as of ${day(balance.created)}`;
  const whose = isSum ? `Sum of claims ${asOf}, not the plan’s own figure` : `The plan’s figure ${asOf}`;
  return `${usedOf(balance).join('; ') || '–'}. ${whose}.`;
}

export const planOf = ({ class: classes = [], type }: fhir4.Coverage): string => {
  const plan = classes.find((each) => each.type?.coding?.some(({ code }) => code === 'plan'));
  return plan?.name ?? plan?.value ?? words(type);
};

/** Many plans leave `status` at `active` when a coverage has ended. A day in FHIR may be a year, or have a time. */
function standingOf({ status, period: { start = '', end = '9999' } = {} }: fhir4.Coverage): string {
  const today = new Date().toLocaleDateString('sv'); // where the member is, as FHIR writes a day
  if (end < today.slice(0, end.length)) return 'Ended';
  if (status !== 'active') return `Not in force (${status})`;
  return start.slice(0, today.length) > today ? 'Not yet in force' : 'In force';
}
const isInForce = (coverage: fhir4.Coverage): boolean => standingOf(coverage) === 'In force';

/** Whether a coverage is in force, and of which days it is. */
export function when(coverage: fhir4.Coverage): string {
  const { start, end } = coverage.period ?? {};
  const days = [start && `from ${day(start)}`, end && `until ${day(end)}`].filter(Boolean).join(' ');
  return [standingOf(coverage), days].filter(Boolean).join(': ');
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
export type MemberRecord = Awaited<ReturnType<typeof readRecord>>;

const NOT_SHARED = 'The member did not share this.';

/** Read `scope` of the token: the member may have left a kind of data out. Then there is no need to ask. */
const isShared = (client: Client, type: string): boolean =>
  client.getState('tokenResponse.scope').includes(`patient/${type}.`);

const problem = (error: unknown) => `This could not be read: ${(error as Error).message.split('\n')[0]}`;

/** The first page of what a search finds. A search may add other resources, such as an OperationOutcome. */
async function search<T extends fhir4.FhirResource>(client: Client, type: T['resourceType'], query: string) {
  if (!isShared(client, type)) return NOT_SHARED;
  const found = await client.request<fhir4.Bundle<T>>(`${type}?${query}`).catch(problem);
  if (typeof found === 'string') return found;
  return (found.entry ?? []).flatMap(({ resource }) => (resource?.resourceType === type ? [resource] : []));
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
export async function readRecord(client: Client) {
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
  const rank = (each: fhir4.Coverage) => (isInForce(each) ? 0 : 1);
  if (typeof covered !== 'string') covered.sort((one, other) => rank(one) - rank(other));
  return { patient, coverage: covered, limits, claims, conditions, medications, results };
}
