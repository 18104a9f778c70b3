/** The resources of a member's insurance cards, asked of coverage-service. */
import { MAX_COUNT } from '@patient-access/fhir';
import type { CardCoverage, CardPatient, CardPayer, CardResources } from '@patient-access/pages';
import { basisOf } from '../../domain/card/card-payload.ts';
import { readRecord, type RecordQuestion } from '../../egress/member-record.ts';
import { introspectionJwtFor, type LoginClaims } from '../introspection/login-jwt.ts';
import type { TenantServer } from '../tenants.ts';

/** What the card is made of, and nothing else of the record. */
export const CARD_SCOPE = 'patient/Coverage.rs patient/Patient.r patient/Organization.r';
const ORGANIZATION = /(?:^|\/)Organization\/([A-Za-z0-9\-.]{1,64})$/;

export interface CardQuestion {
  /** internal base URL of coverage-service */
  coverageUrl: string;
  server: TenantServer;
  /** network address of the person */
  address: string;
}

/** Is the coverage in force today, in the plan's time zone? FHIR's days may be months or years. */
function isInForce({ status, period: { start = '', end } = {} }: CardCoverage, today: string): boolean {
  const last = end?.slice(0, today.length) ?? today;
  return status === 'active' && start.slice(0, today.length) <= today && today.slice(0, last.length) <= last;
}

const idOfPayer = ({ payor = [] }: CardCoverage): string | undefined =>
  payor.map(({ reference = '' }) => ORGANIZATION.exec(reference)?.[1]).find((id) => id !== undefined);

const todayAt = ({ tenant }: TenantServer): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: tenant.settings.timeZone }).format(new Date());

type CardLogin = LoginClaims & { patient: string };

const questionOf = ({ coverageUrl, server, address }: CardQuestion, login: CardLogin): RecordQuestion => ({
  base: coverageUrl,
  tenant: server.tenant.id,
  patient: login.patient,
  introspectionJwt: introspectionJwtFor(server, login),
  address,
});

async function payersOf(question: RecordQuestion, coverages: readonly CardCoverage[]) {
  const ids = new Set(coverages.flatMap((coverage) => idOfPayer(coverage) ?? []));
  const read = [...ids].map(
    async (id) => [id, (await readRecord(question, `Organization/${id}`)) as CardPayer | undefined] as const,
  );
  return new Map(await Promise.all(read));
}

/**
 * Every request is an access of the member's own and leaves an event at coverage-service before it is answered.
 *
 * @returns one for each coverage that is in force
 * @throws RecordUnavailable when coverage-service cannot be asked
 */
export async function cardResources(asking: CardQuestion, login: CardLogin): Promise<CardResources[]> {
  const question = questionOf(asking, login);
  const [found, patient] = await Promise.all([
    // Plans leave those of earlier years active, so there may be many more than are in force.
    readRecord(question, `Coverage?patient=${login.patient}&status=active&_count=${MAX_COUNT}`),
    readRecord(question, `Patient/${login.patient}`),
  ]);
  if (!patient) return [];
  const { entry = [] } = found as { entry?: { resource: CardCoverage }[] };
  const today = todayAt(asking.server);
  const coverages = entry
    .map(({ resource }) => resource)
    .filter(({ resourceType }) => resourceType === 'Coverage')
    .filter((coverage) => isInForce(coverage, today));
  const payers = await payersOf(question, coverages);
  return coverages.map((coverage) => {
    const payer = payers.get(idOfPayer(coverage) ?? '');
    return { coverage, patient: patient as CardPatient, ...(payer && { payer }) };
  });
}

/**
 * Reads again what a card was made of, in the name of whoever gets it now.
 *
 * @returns what is on the card today, as a digest; undefined when the card is in force no more
 * @throws RecordUnavailable when coverage-service cannot be asked
 */
export async function currentBasis(
  asking: CardQuestion,
  login: CardLogin,
  { coverageId, token }: { coverageId: string; token: string },
): Promise<string | undefined> {
  const question = questionOf(asking, login);
  const [coverage, patient] = await Promise.all([
    readRecord(question, `Coverage/${coverageId}`) as Promise<CardCoverage | undefined>,
    readRecord(question, `Patient/${login.patient}`) as Promise<CardPatient | undefined>,
  ]);
  if (!coverage || !patient || !isInForce(coverage, todayAt(asking.server))) return undefined;
  return basisOf({ coverage, patient }, token);
}
