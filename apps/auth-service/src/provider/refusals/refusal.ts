/** Why a request is refused, as its answer says it to the app's developer. */
import { type ErrorCode, errorHelp, type OAuthErrorCode, oauthText } from '@patient-access/fhir';
import type { KoaContextWithOIDC } from 'oidc-provider';

export type RefusalCode = ErrorCode | OAuthErrorCode;

export interface RefusalWords {
  /** to which the link of the answer leads */
  code: RefusalCode;
  /** what is wrong, where, and what to do: sentences */
  says: string;
}

/** A reason in oidc-provider's words, and what an answer says in its place. */
export type ProviderWord = readonly [
  words: RegExp,
  code: RefusalCode,
  says: string | ((found: RegExpExecArray, ctx: KoaContextWithOIDC) => string),
];

/** What a client sent is repeated up to this length. */
const MAX_REPEATED = 200;
/** The characters of URLs, scopes and tokens of OAuth. Anything else could be read as a sentence of ours. */
const HARMLESS = /^[\w\-.~:/?#[\]@!$&()*+,;=%|]+$/;

/** @returns a value that a client sent, as an answer may repeat it */
export function repeated(value: string): string {
  if (value === '') return 'nothing';
  const text = value.length > MAX_REPEATED ? `${value.slice(0, MAX_REPEATED)}...` : value;
  return HARMLESS.test(text) ? text : 'a text with characters that do not belong there';
}

/** Of a list, so many are repeated. */
const MAX_LISTED = 8;

/** @returns a space-separated list that a client sent, as an answer may repeat it */
export function listed(value: string): string {
  const texts = value.split(' ').filter(Boolean);
  const more = texts.length > MAX_LISTED ? ' and others' : '';
  return texts.slice(0, MAX_LISTED).map(repeated).join(', ') + more;
}

/** @returns a parameter of the request, as an answer may repeat it */
export const received = ({ oidc }: KoaContextWithOIDC, name: string): string =>
  repeated(String(oidc.params?.[name] ?? ''));

/** The members of an answer beside `error`. */
export const refusalMembers = ({ code, says }: RefusalWords, publicUrl: string, requestId: string) => ({
  error_description: oauthText(says),
  error_uri: errorHelp(publicUrl, code),
  request_id: requestId,
});
