import { ageOn, yearOf } from '../fhir/dates.ts';
import { digitsOf } from '../fhir/identity.ts';
import { random } from '../fhir/random.ts';
import { HCPCS } from '../fhir/systems.ts';
import type { Clinician } from '../reference/practitioners.ts';
import type { Scope } from '../scope.ts';
import { HEART_BLOCK, KNEE_ARTHRITIS, type Diagnosis } from './diagnoses.ts';
import { SERVICES, type Service } from './services.ts';
import { careDay, clinicianFor, lastCareDay } from './visit.ts';

export type AuthorizationDecision = 'approved' | 'partial' | 'denied' | 'pended' | 'cancelled';

/** A request for prior authorization of care, and the plan's decision. */
export interface Authorization {
  key: string;
  number: string;
  /** Number of the authorization that this one goes on from. */
  previousNumber?: string;
  /** The refused request against which this one is an appeal. */
  appealOf?: Pick<Authorization, 'number' | 'requestedDay'>;
  /** Number of the appeal against this one. */
  appealedAs?: string;
  requestedDay: number;
  decidedDay: number;
  validToDay: number;
  decision: AuthorizationDecision;
  diagnosis: Diagnosis;
  service: Service;
  /** X12 service type, with our own words. */
  serviceType: readonly [string, string];
  units: number;
  /** Of these the plan approved. */
  allowedUnits: number;
  /** Units of care given under it so far. */
  consumedUnits: number;
  institutional: boolean;
  /** The plan has to decide within 72 hours. */
  isUrgent?: boolean;
  /** Days in hospital that were asked for. */
  stayDays?: number;
  clinician: Clinician;
}

/** Name of the authorization under which the knee of the "denied" member is replaced. */
export const KNEE_AUTHORIZATION = 'knee-replacement';
const DECISION_DAYS = 4;
const URGENT_DAYS = 1;
const VALID_DAYS = 90;
/** From a refusal to the appeal, and from there to the second decision. */
const APPEALED_DAYS = 20;
const APPEAL_DECISION_DAYS = 18;
const APPEALED_SHARE = 0.4;
const ADULT_AGE = 18;

/** The knee is replaced so many days after the decision. */
export const STAY_AFTER_DAYS = 20;
/** Name of the authorization under which the "denied" member has therapy at home after that. */
export const THERAPY_AUTHORIZATION = 'therapy';
const THERAPY_VISITS_USED = 5;

type Product = Pick<
  Authorization,
  'service' | 'serviceType' | 'units' | 'consumedUnits' | 'institutional' | 'stayDays'
>;

const KNEE_REPLACEMENT: Product = {
  service: { system: HCPCS, code: 'C1776', text: 'Knee replacement with implant', priceCents: 3_480_000 },
  serviceType: ['2', 'Surgical'],
  units: 1,
  consumedUnits: 1,
  institutional: true,
  stayDays: 3,
};
const INJECTION: Product = {
  service: { system: HCPCS, code: 'J7325', text: 'Hyaluronan injection into the knee', priceCents: 118_000 },
  serviceType: ['1', 'Medical care'],
  units: 3,
  consumedUnits: 0,
  institutional: false,
};
const KNEE_BRACE: Product = {
  service: { system: HCPCS, code: 'L1833', text: 'Adjustable knee brace', priceCents: 92_500 },
  serviceType: ['12', 'Durable medical equipment'],
  units: 2,
  consumedUnits: 0,
  institutional: false,
};

const HOSPITAL_BED: Product = {
  service: { system: HCPCS, code: 'E0260', text: 'Hospital bed for the home', priceCents: 145_000 },
  serviceType: ['12', 'Durable medical equipment'],
  units: 1,
  consumedUnits: 0,
  institutional: false,
};

const THERAPY: Product = {
  service: SERVICES.homeTherapy,
  serviceType: ['PT', 'Physical therapy'],
  units: 24,
  consumedUnits: THERAPY_VISITS_USED,
  institutional: false,
};
const KNEE_SCAN: Product = {
  service: {
    system: HCPCS,
    code: 'S8042',
    text: 'Magnetic resonance imaging, low field',
    priceCents: 96_000,
  },
  serviceType: ['62', 'MRI scan'],
  units: 1,
  consumedUnits: 0,
  institutional: false,
};

const PACEMAKER_CHECK: Product = {
  service: { system: HCPCS, code: 'G0463', text: 'Clinic visit to check the pacemaker', priceCents: 32_500 },
  serviceType: ['1', 'Medical care'],
  units: 2,
  consumedUnits: 1,
  institutional: false,
};

const PACEMAKER: Product = {
  service: { system: HCPCS, code: 'C1785', text: 'Pacemaker with two chambers', priceCents: 1_240_000 },
  serviceType: ['2', 'Surgical'],
  units: 1,
  consumedUnits: 1,
  institutional: true,
  stayDays: 2,
};

export function authorizationsOf(scope: Scope): Authorization[] {
  const { member, random } = scope;
  if (member.persona === 'denied') return kneeAuthorizations(scope);
  if (member.persona === 'complete') return completeAuthorizations(scope);
  const wanted = random.chance(0.15);
  const decision = random.pick(['approved', 'approved', 'denied', 'partial'] as const);
  const day = careDay(scope, yearOf(scope.today) - 1);
  if (!wanted || day === undefined || ageOn(member.birthDay, day) < ADULT_AGE) return [];
  const appeal = decision === 'denied' ? appealByChance(scope) : {};
  return authorizations(scope, { key: 'brace', day, decision, product: KNEE_BRACE, ...appeal });
}

function appealByChance({ tenant, member }: Scope): Pick<Request, 'appeal'> {
  const stream = random(`${tenant.name}/authorization-appeal/${member.key}`);
  return stream.chance(APPEALED_SHARE) ? { appeal: stream.pick(['approved', 'denied'] as const) } : {};
}

/** One in each state that a request can have, and one after each end of an appeal. */
function kneeAuthorizations(scope: Scope): Authorization[] {
  const daysAgo = (days: number) => scope.today - days;
  const requests: Request[] = [
    { key: 'injection', day: daysAgo(230), decision: 'denied', product: INJECTION, appeal: 'approved' },
    { key: KNEE_AUTHORIZATION, day: daysAgo(130), decision: 'approved', product: KNEE_REPLACEMENT },
    { key: 'bed', day: daysAgo(115), decision: 'denied', product: HOSPITAL_BED, appeal: 'denied' },
    { key: THERAPY_AUTHORIZATION, day: daysAgo(100), decision: 'partial', product: THERAPY },
    { key: 'scan', day: daysAgo(40), decision: 'cancelled', product: KNEE_SCAN, isUrgent: true },
    { key: 'brace', day: daysAgo(5), decision: 'pended', product: KNEE_BRACE },
  ];
  return requests.flatMap((request) => authorizations(scope, request));
}

/**
 * The pacemaker, a check of it that is denied, and one that is approved and goes on from an earlier one. None is pended: CARIN BB's kit takes an
 * ExplanationOfBenefit that is not complete for a fault, whatever its use.
 */
function completeAuthorizations(scope: Scope): Authorization[] {
  const lastDay = lastCareDay(scope);
  const product = PACEMAKER_CHECK;
  const diagnosis = HEART_BLOCK;
  return [
    authorization(scope, {
      key: 'pacemaker',
      // Decided so many days before the stay at which she gets it (complete/history.ts).
      day: lastDay - 300 - STAY_AFTER_DAYS - DECISION_DAYS,
      decision: 'approved',
      product: PACEMAKER,
      diagnosis,
    }),
    authorization(scope, { key: 'check-denied', day: lastDay - 220, decision: 'denied', product, diagnosis }),
    authorization(scope, {
      key: 'check',
      day: lastDay - 120,
      decision: 'approved',
      product,
      diagnosis,
      previousKey: 'check-before',
    }),
  ];
}

interface Request {
  key: string;
  day: number;
  decision: AuthorizationDecision;
  product: Product;
  diagnosis?: Diagnosis;
  previousKey?: string;
  isUrgent?: boolean;
  /** What the plan decides after an appeal. */
  appeal?: AuthorizationDecision;
}

function authorizationNumber(scope: Scope, key: string): string {
  return `PA${digitsOf(`authorization/${scope.tenant.name}/${scope.member.key}/${key}`, 10)}`;
}

/** Of so many units that were asked for, those that a plan approves unless the request says otherwise. */
const ALLOWED: Readonly<Record<AuthorizationDecision, (units: number) => number>> = {
  approved: (units) => units,
  partial: (units) => Math.floor(units / 2),
  denied: () => 0,
  pended: () => 0,
  cancelled: () => 0,
};

/** A request, and the appeal against its refusal once the plan has decided that, too. */
function authorizations(scope: Scope, { appeal, ...request }: Request): Authorization[] {
  const first = authorization(scope, request);
  const day = first.decidedDay + APPEALED_DAYS;
  const decidedDay = day + APPEAL_DECISION_DAYS;
  if (!appeal || decidedDay >= scope.today) return [first];
  const asked = authorization(scope, { ...request, key: `${request.key}/appeal`, day, decision: appeal });
  const second = { ...asked, decidedDay, validToDay: decidedDay + VALID_DAYS, appealOf: first };
  return [{ ...first, appealedAs: second.number }, second];
}

function authorization(scope: Scope, request: Omit<Request, 'appeal'>): Authorization {
  const { key, day, decision, product, diagnosis = KNEE_ARTHRITIS, previousKey, isUrgent } = request;
  const decidedDay = day + (isUrgent ? URGENT_DAYS : DECISION_DAYS);
  return {
    key,
    number: authorizationNumber(scope, key),
    ...(previousKey !== undefined && { previousNumber: authorizationNumber(scope, previousKey) }),
    requestedDay: day,
    decidedDay,
    validToDay: decidedDay + VALID_DAYS,
    decision,
    diagnosis,
    clinician: clinicianFor(scope, 'orthopedics', day),
    ...(isUrgent && { isUrgent }),
    ...product,
    allowedUnits: ALLOWED[decision](product.units),
  };
}
