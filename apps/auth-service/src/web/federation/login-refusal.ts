/** Why a login at the plan's identity provider failed, told from the error. */
import { isUnavailable } from '@patient-access/database';
import { AuthorizationResponseError } from 'openid-client';
import { LoginRefused } from '../../domain/federation/identity.ts';
import { KeysNotTold } from '../../egress/provider-keys.ts';
import { demandOf, isAboutClient, isPassing } from './demands.ts';

const MAX_WORDS_CHARACTERS = 200;
/** `code` of errors of the operating system and of undici */
const NETWORK_ERROR = /^(E[A-Z]+|UND_ERR_\w+)$/;

/** @returns whether a request to the identity provider got no response; a time that is up is a DOMException */
function isUnanswered(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { name, cause, code } = error as Error & { code?: unknown };
  return name === 'TimeoutError' || NETWORK_ERROR.test(String(code)) || isUnanswered(cause);
}

/**
 * Errors of openid-client mean that the identity provider did not respond, that its response is invalid, or that it refused
 * this server.
 */
export function planRefusalOf(error: unknown): LoginRefused {
  if (error instanceof LoginRefused) return error;
  if (error instanceof AuthorizationResponseError && error.error === 'access_denied')
    return new LoginRefused('cancelled');
  const demand = demandOf(error);
  if (demand !== undefined) return new LoginRefused('not-offered', error, demand);
  if (isAboutClient(error)) return new LoginRefused('client-refused', error);
  const isUnavailableThere = isUnanswered(error) || isPassing(error) || error instanceof KeysNotTold;
  return new LoginRefused(isUnavailableThere ? 'unavailable' : 'not-believed', error);
}

/**
 * What our own database could not do in time says nothing about the provider's answer, which was believed before.
 *
 * @throws LoginRefused; other errors as they are
 */
export async function unlessNotNow<Result>(work: Promise<Result>): Promise<Result> {
  return work.catch((error: unknown) => {
    throw !(error instanceof LoginRefused) && isUnavailable(error)
      ? new LoginRefused('not-now', error)
      : error;
  });
}

/** What the provider said in its refusal (RFC 6749 section 4.1.2.1), shortened. */
export function providerWordsOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { error, error_description: description, code } = cause as Error & Record<string, unknown>;
  const words = [error, description, code].filter((word) => typeof word === 'string' && word !== '');
  return (words.length > 0 ? words.join(': ') : cause.name).slice(0, MAX_WORDS_CHARACTERS);
}
