/** Somebody who has proved who she is, and has no login yet. */
import { errors } from 'oidc-provider';
import { passwordOwner } from '../../../domain/accounts/password-rules.ts';
import type { InteractionContext } from '../interaction-context.ts';
import type { JoinState } from './join-state.ts';

type Proved = Extract<JoinState, { step: 'join-login' }>;

/** @throws SessionNotFound when no code was right */
export function requireProved({ joining }: InteractionContext): Proved {
  if (joining?.step !== 'join-login') throw new errors.SessionNotFound('no code was right');
  return joining;
}

/** The rules of passwords for the login that is to be made. */
export function ownerOf({ server }: InteractionContext, { claimed }: Proved, login: string) {
  const { given, family } = claimed;
  const name = `${given} ${family}`;
  return passwordOwner(server.tenant, {
    login,
    role: 'member',
    members: [{ patient: '', relationship: 'self', name }],
  });
}

/** @returns what a good password is, in the language of the page */
export function newPasswordHint(context: InteractionContext): string {
  const { minCharacters } = ownerOf(context, requireProved(context), '');
  return context.texts.password.hint(minCharacters);
}
