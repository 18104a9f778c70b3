/** The pages of a test login, for the plan's staff. */
import { type Html, html } from '@patient-access/pages';
import type { ForeseenLogin } from '../../domain/federation/foresee-login.ts';
import type { LoginRefusalReason } from '../../domain/federation/identity.ts';
import { staffPage } from './staff-page.ts';

const TITLE = 'Test login';

export const testLoginPage = (view: { plan: string; issuer: string; start: string }): string =>
  staffPage(
    TITLE,
    html`<p>
        You log in at ${view.issuer} as a member of ${view.plan} would, with the settings that are in force.
        Then this page shows what the provider said, and what a login would do. Nobody is logged in here, and
        nothing is linked. The test is recorded in the audit trail.
      </p>
      <div class="actions"><a class="button primary" href="${view.start}">Log in there</a></div>`,
  );

export const testLoginOverPage = (): string =>
  staffPage(
    TITLE,
    html`<p class="alert" role="alert">
      This test login was used, has expired, or was begun in another browser. Make a new one: npm run admin --
      identity test
    </p>`,
  );

/** What a test login has shown. */
export interface TestLoginResult {
  /** why the login would be refused; undefined: it would not */
  refusal?: { reason: LoginRefusalReason; said?: string; demand?: string };
  /** undefined when the provider gave none */
  told?: ToldClaims;
  foreseen?: ForeseenLogin;
}

export interface ToldClaims {
  claims: Record<string, unknown>;
  /** names of claims that the userinfo endpoint alone gave */
  unsigned: readonly string[];
  /** '' when there is none */
  number: string;
  /** undefined: the plan has not said how to tell */
  secondFactor: boolean | undefined;
  /** undefined: the plan has not said how to tell */
  auditor: boolean | undefined;
  requirements: readonly { path: string; wanted: unknown; given: unknown; met: boolean }[];
  warnings: readonly string[];
  checked: readonly string[];
}

const MEANING: Record<LoginRefusalReason, string> = {
  cancelled: 'the person went back at the provider',
  unavailable: 'the provider did not answer in time',
  'not-now':
    'the database of this service could not be used in time, or a member load had the number: try again',
  'not-believed': 'the answer is not valid: signature, issuer, audience, nonce or times',
  'not-offered': 'the provider demands what is not offered here',
  'client-refused':
    'the provider does not accept this server: its client id, its secret or key, how it shows them, or what it may ask for',
  'not-fresh': 'the app wants a new login, and the provider did not ask for one',
  'not-eligible': 'a claim in federation.require is missing or has another value',
  'level-too-low': 'the login is too weak; a member would be sent to the provider once more',
  'not-active': 'the provider has said over SCIM that this person is not active',
  'access-over':
    'coverage or life has ended for everybody whom the number opens, and the plan’s years are over',
  'not-auditor': 'federation.auditors does not say that this is an auditor',
  'no-member-number':
    'the claim with the member number, or with the provider that it is from, is missing, has several values, or is too long',
  'unknown-member': 'the plan has not loaded this number',
  'several-members': 'the number stands for two people',
  'member-changed': 'the number belongs to another person than before: see identity relink',
  'already-linked': 'another subject has this number: see identity move-subject and identity unlink',
};

const ACCOUNT: Record<ForeseenLogin['account'], string> = {
  known: 'the account that this subject has already',
  new: 'a new account, as this would be a first login',
  'had-password': 'the account of this person’s login with a password, which goes on',
};

const text = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '—'));
const list = (lines: readonly string[]): Html =>
  html`<ul>
    ${lines.map((line) => html`<li>${line}</li>`)}
  </ul>`;

function outcome({ refusal }: TestLoginResult): Html {
  if (!refusal) return html`<p class="done" role="status">This person would be let in.</p>`;
  const { reason, said, demand } = refusal;
  const meaning = demand === undefined ? MEANING[reason] : `${MEANING[reason]}: ${demand}`;
  return html`<p class="alert" role="alert">
    This person would be refused: ${reason}: ${meaning}.${said && ` The provider: ${said}.`}
  </p>`;
}

function person(
  { number, secondFactor, auditor, claims }: ToldClaims,
  foreseen: ForeseenLogin | undefined,
): Html {
  const second =
    secondFactor === undefined ? 'federation.secondFactor does not say how to tell' : secondFactor;
  const patients = foreseen?.patients.map(
    ({ id, relationship, name }) => `${name} (${relationship}), Patient/${id}`,
  );
  const lines = [
    `Member number: ${number || 'none'}`,
    foreseen && `Account: ${ACCOUNT[foreseen.account]}`,
    foreseen?.numberBefore !== undefined && `Its number so far: ${foreseen.numberBefore}`,
    `acr: ${text(claims['acr'])}`,
    `amr: ${text(claims['amr'])}`,
    `Second factor: ${text(second)}`,
    auditor !== undefined && `Auditor, at the console: ${text(auditor)}`,
  ].filter((line) => typeof line === 'string');
  return html`<h2>Who it is</h2>
    ${list(lines)}${
      patients &&
      html`<p>Whose data it opens:</p>
        ${list(patients)}`
    }`;
}

function told(view: ToldClaims): Html {
  const requirements = view.requirements.map(
    ({ path, wanted, given, met }) =>
      `${path}: wanted ${text(wanted)}, given ${text(given)}: ${met ? 'met' : 'NOT met'}`,
  );
  const claims = Object.entries(view.claims).map(
    ([name, value]) =>
      `${name}: ${text(value)}${view.unsigned.includes(name) ? ' (userinfo alone, not signed)' : ''}`,
  );
  return html`${
      requirements.length > 0 &&
      html`<h2>Required claims</h2>
        ${list(requirements)}`
    }
    <h2>Can the person change who she is?</h2>
    ${view.warnings.map((warning) => html`<p class="alert" role="alert">${warning}</p>`)}
    <p>What was checked:</p>
    ${list(view.checked)}
    <h2>What the provider said</h2>
    ${list(claims)}`;
}

export const testLoginResultPage = (result: TestLoginResult): string =>
  staffPage(
    TITLE,
    html`${outcome(result)}
      <p>Nobody was logged in here, and nothing was linked. You may still be logged in at the provider.</p>
      ${result.told && html`${person(result.told, result.foreseen)} ${told(result.told)}`}`,
  );
