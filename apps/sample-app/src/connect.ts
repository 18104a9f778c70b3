/** SMART App Launch 2.2 with fhirclient: a public client, PKCE, and nothing that is secret in the app. */
import FHIR from 'fhirclient';
import { loadPlans, type Plan } from './plans.ts';
import { type MemberRecord, readRecord } from './record.ts';

/** Ask for what the app shows, and nothing else. `rs` is read and search. */
const CLAIMS = ['Coverage', 'CoverageEligibilityResponse', 'ExplanationOfBenefit'];
const TYPES = ['Patient', ...CLAIMS, 'Condition', 'MedicationRequest', 'Observation'];
const DATA = TYPES.map((type) => `patient/${type}.rs`).join(' ');
const STANDALONE = `launch/patient openid fhirUser ${DATA}`;
const FROM_THE_PLAN = `launch openid fhirUser ${DATA}`;

/** This page, without what was added to its address. */
const HERE = `${location.origin}${location.pathname}`;

export interface Connection {
  plans: Plan[];
  /** once a member has agreed; it is read once, and not while rendering, which React may do again */
  record?: Promise<MemberRecord>;
}

/** Sends the browser to the plan, where the member logs in and agrees. The plan sends it back to this page. */
export async function logIn(plan: Plan, launch?: string): Promise<void> {
  await FHIR.oauth2.authorize({
    iss: plan.fhirBase,
    clientId: plan.clientId,
    redirectUri: HERE,
    scope: launch === undefined ? STANDALONE : FROM_THE_PLAN,
    pkceMode: 'required',
    ...(launch !== undefined && { launch }),
  });
}

/** Forgets the token. The member's agreement goes on until she ends it at her plan. */
export function logOut(): void {
  sessionStorage.clear();
  location.assign(HERE);
}

/** Decides by the address of the page what is to be done. */
export async function connect(): Promise<Connection> {
  const [plans, query] = [await loadPlans(), new URLSearchParams(location.search)];
  // With a code, fhirclient changes it for a token. With a token in sessionStorage, as after a reload, it goes on.
  if (query.has('state') || (!query.has('iss') && sessionStorage.getItem('SMART_KEY') !== null)) {
    const client = await FHIR.oauth2.ready();
    // fhirclient leaves `iss` (RFC 9207) in the address, which would launch the app again.
    history.replaceState(null, '', HERE);
    return { plans, record: readRecord(client) };
  }
  const iss = query.get('iss');
  if (iss === null) return { plans };
  // Somebody launches the app, and anybody can. Never send a member to an address that you do not know.
  const plan = plans.find(({ fhirBase }) => fhirBase === iss.replace(/\/$/, ''));
  if (!plan) throw new Error('This app does not know the plan that opened it.');
  await logIn(plan, query.get('launch') ?? undefined);
  // The browser is on its way.
  return new Promise(() => undefined);
}
