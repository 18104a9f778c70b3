import { ageOn, ANCHOR_DAY } from '../fhir/dates.ts';
import { digitsOf } from '../fhir/identity.ts';
import { HCPCS } from '../fhir/systems.ts';
import type { Clinician } from '../reference/practitioners.ts';
import type { Scope } from '../scope.ts';
import { HEART_BLOCK, KNEE_ARTHRITIS, type Diagnosis } from './diagnoses.ts';
import type { Service } from './services.ts';
import { careDay, clinicianFor, lastCareDay } from './visit.ts';

export type AuthorizationDecision = 'approved' | 'denied' | 'pended';

/** A request for prior authorization of care, and the plan's decision. */
export interface Authorization {
  key: string;
  number: string;
  /** Number of the authorization that this one goes on from. */
  previousNumber?: string;
  requestedDay: number;
  decidedDay: number;
  validToDay: number;
  decision: AuthorizationDecision;
  diagnosis: Diagnosis;
  service: Service;
  /** X12 service type, with our own words. */
  serviceType: readonly [string, string];
  units: number;
  /** Units of care given under it so far. */
  consumedUnits: number;
  institutional: boolean;
  clinician: Clinician;
}

/** Name of the authorization under which the knee of the "denied" member is replaced. */
export const KNEE_AUTHORIZATION = 'knee-replacement';
const DECISION_DAYS = 4;
const VALID_DAYS = 90;
const ADULT_AGE = 18;

type Product = Pick<Authorization, 'service' | 'serviceType' | 'units' | 'consumedUnits' | 'institutional'>;

const KNEE_REPLACEMENT: Product = {
  service: { system: HCPCS, code: 'C1776', text: 'Knee replacement with implant', priceCents: 3_480_000 },
  serviceType: ['2', 'Surgical'],
  units: 1,
  consumedUnits: 1,
  institutional: true,
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

const PACEMAKER_CHECK: Product = {
  service: { system: HCPCS, code: 'G0463', text: 'Clinic visit to check the pacemaker', priceCents: 32_500 },
  serviceType: ['1', 'Medical care'],
  units: 2,
  consumedUnits: 1,
  institutional: false,
};

export function authorizationsOf(scope: Scope): Authorization[] {
  const { member, random } = scope;
  if (member.persona === 'denied') {
    return [
      authorization(scope, {
        key: 'injection',
        day: ANCHOR_DAY - 230,
        decision: 'denied',
        product: INJECTION,
      }),
      authorization(scope, {
        key: KNEE_AUTHORIZATION,
        day: ANCHOR_DAY - 130,
        decision: 'approved',
        product: KNEE_REPLACEMENT,
      }),
    ];
  }
  if (member.persona === 'complete') return completeAuthorizations(scope);
  const wanted = random.chance(0.15);
  const decision = random.pick(['approved', 'approved', 'denied', 'pended'] as const);
  const day = careDay(scope, 2025);
  if (!wanted || day === undefined || ageOn(member.birthDay, day) < ADULT_AGE) return [];
  return [authorization(scope, { key: 'brace', day, decision, product: KNEE_BRACE })];
}

/**
 * One denied, and one approved that goes on from an earlier one. None is pended: CARIN BB's kit takes an
 * ExplanationOfBenefit that is not complete for a fault, whatever its use.
 */
function completeAuthorizations(scope: Scope): Authorization[] {
  const lastDay = lastCareDay(scope);
  const product = PACEMAKER_CHECK;
  const diagnosis = HEART_BLOCK;
  return [
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
}

function authorizationNumber(scope: Scope, key: string): string {
  return `PA${digitsOf(`authorization/${scope.tenant.name}/${scope.member.key}/${key}`, 10)}`;
}

function authorization(scope: Scope, request: Request): Authorization {
  const { key, day, decision, product, diagnosis = KNEE_ARTHRITIS, previousKey } = request;
  return {
    key,
    number: authorizationNumber(scope, key),
    ...(previousKey !== undefined && { previousNumber: authorizationNumber(scope, previousKey) }),
    requestedDay: day,
    decidedDay: day + DECISION_DAYS,
    validToDay: day + DECISION_DAYS + VALID_DAYS,
    decision,
    diagnosis,
    clinician: clinicianFor(scope, 'orthopedics'),
    ...product,
  };
}
