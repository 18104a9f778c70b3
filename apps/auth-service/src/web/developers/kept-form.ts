/**
 * Keeps what a developer has filled in when the session has ended meanwhile: sealed, as a field of the login page, so that nothing
 * is stored of somebody who has not logged in.
 */
import type { FastifyRequest } from 'fastify';
import { type Keys, seal, unseal } from '../../domain/keys/secrets.ts';
import { postedForm } from '../pages/posted-form.ts';
import type { AppValues } from './pages/app-fields.ts';

/** The name of the field. */
export const KEPT_FIELD = 'kept';
/** The buttons of forms in which something is filled in. */
const FILLED_IN = new Set(['register', 'save', 'submit']);
/** Of a form that is longer only the login is shown: sealed it has to fit into the next one (64 KiB). */
const MAX_CHARACTERS = 32 * 1024;

type Posted = Pick<FastifyRequest, 'url' | 'body'>;

/** It opens at the page of the same form alone. */
const contextOf = ({ url }: Posted): string => `developer-form${url.split('?')[0]}`;

/** @returns undefined for a form in which nothing was filled in, or too much */
export function keepForm(key: Keys, request: Posted): string | undefined {
  const fields = postedForm(request);
  if (!FILLED_IN.has(fields.get('action') ?? '')) return undefined;
  fields.delete('token');
  fields.delete('action');
  const text = fields.toString();
  if (text.length > MAX_CHARACTERS) return undefined;
  return seal(key, contextOf(request), text).toString('base64url');
}

/** A form as the login page has kept it. */
export interface KeptForm {
  sealed: string;
  values: AppValues;
}

/** @returns undefined unless we sealed it for this path; anybody can get a seal, so it does not say who filled in the form */
export function keptFormIn(key: Keys, request: Posted): KeptForm | undefined {
  const sealed = postedForm(request).get(KEPT_FIELD);
  if (sealed === null) return undefined;
  try {
    const text = unseal(key, contextOf(request), Buffer.from(sealed, 'base64url'));
    return { sealed, values: Object.fromEntries(new URLSearchParams(text)) };
  } catch {
    return undefined;
  }
}
