/** Reads the form of an app into client metadata (RFC 7591 section 2). An empty field takes the value away. */
import type { Client } from '../../domain/clients/clients.ts';
import { invalidMetadata } from '../../domain/clients/registration-error.ts';
import type { AppValues } from './pages/app-fields.ts';

/** The fields that are one address each, by the names of RFC 7591. */
const PLAIN = [
  'client_name',
  'publisher',
  'client_uri',
  'policy_uri',
  'tos_uri',
  'initiate_login_uri',
  'jwks_uri',
] as const;

const linesOf = (text: string): string[] =>
  text
    .split(/\s+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** @throws RegistrationError */
function keysOf(text: string): unknown {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    throw invalidMetadata('jwks is no JSON');
  }
}

/** @throws RegistrationError */
export function appChange(fields: URLSearchParams): Record<string, unknown> {
  const text = (name: string) => (fields.get(name) ?? '').trim();
  const contact = text('contact');
  return {
    ...Object.fromEntries(PLAIN.map((name) => [name, text(name) || null])),
    redirect_uris: linesOf(text('redirect_uris')),
    contacts: contact === '' ? null : [contact],
    jwks: keysOf(text('jwks')),
  };
}

/** A client as the fields of its form. */
export function appValuesOf({ metadata }: Pick<Client, 'metadata'>): AppValues {
  const { redirect_uris, contacts, jwks, ...others } = metadata;
  return {
    ...(others as unknown as Record<string, string>),
    redirect_uris: redirect_uris.join('\n'),
    contact: contacts?.[0],
    ...(jwks && { jwks: JSON.stringify(jwks, undefined, 2) }),
  };
}

/** @throws RegistrationError */
export const newApp = (fields: URLSearchParams): Record<string, unknown> => ({
  ...appChange(fields),
  token_endpoint_auth_method: fields.get('method') ?? 'none',
});
