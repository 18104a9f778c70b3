/** How far somebody has come who makes an account. The interaction keeps it, sealed: it names a person. */
import { randomUUID } from 'node:crypto';
import { type Interaction } from 'oidc-provider';
import type { Proofing } from '../../../domain/accounts/accounts.ts';
import { offersJoining } from '../../../domain/joining/join-rules.ts';
import type { Claimed } from '../../../domain/joining/plan-person.ts';
import { seal, unseal } from '../../../domain/keys/secrets.ts';
import type { SharedServices } from '../../../provider/shared-services.ts';
import type { Tenant } from '../../../domain/tenant/tenant.ts';

/** Where the code comes from. */
export type CodeWay = 'mail' | 'text' | 'letter';

/** The page of the form, of the code, and of the new login. */
export type JoinState = {
  /** what she had typed when she changed the language of the page, as a query; never a password */
  typed?: string;
} & (
  | { step: 'join' }
  | { step: 'join-code'; claimed: Claimed; way: CodeWay; attempt: string; requestId: string }
  | { step: 'join-login'; claimed: Claimed; proofing: Proofing }
);

/** The field in the interaction's result. */
export const JOINING = 'joining';

const contextOf = ({ id }: Tenant, { uid }: Interaction): string => `${id}/joining/${uid}`;

/** @returns undefined where nobody makes an account */
export function joinStateOf(
  { formKey }: SharedServices,
  tenant: Tenant,
  interaction: Interaction,
): JoinState | undefined {
  const sealed = interaction.result?.[JOINING];
  if (typeof sealed !== 'string' || !offersJoining(tenant)) return undefined;
  const text = unseal(formKey, contextOf(tenant, interaction), Buffer.from(sealed, 'base64url'));
  return JSON.parse(text) as JoinState;
}

/** @returns what the interaction keeps of it: see keep-join-state.ts */
export function joinResult(
  { formKey }: SharedServices,
  tenant: Tenant,
  interaction: Interaction,
  state: JoinState,
): NonNullable<Interaction['result']> {
  const sealed = seal(formKey, contextOf(tenant, interaction), JSON.stringify(state));
  return { [JOINING]: sealed.toString('base64url') };
}

/** The state of somebody who has said who she is, whether that is right or not. */
export const askedFor = (claimed: Claimed, way: CodeWay, requestId: string): JoinState => ({
  step: 'join-code',
  claimed,
  way,
  requestId,
  attempt: randomUUID(),
});
