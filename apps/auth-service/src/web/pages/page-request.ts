/** What a request for a page says beyond its path: the form it posts, its language, and whose idea it was. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import { languageOf, rememberLanguage, TEXTS, type Wishes } from '../../domain/pages/language.ts';
import { type PageFrame, LANGUAGE_FIELD } from './layout.ts';

export type PageRequest = Pick<FastifyRequest, 'id' | 'url' | 'method' | 'headers' | 'body'>;

/** The fields of a posted form; none for a page that was only opened. */
export function postedForm({ body }: PageRequest): URLSearchParams {
  return new URLSearchParams(typeof body === 'string' ? body : '');
}

/** Whether a browser says that another site made it send this (Fetch Metadata); the cookie is the other wall. */
export function isCrossSite({ headers }: PageRequest): boolean {
  return ['cross-site', 'same-site'].includes(String(headers['sec-fetch-site']));
}

const searchOf = ({ url }: PageRequest): string => url.split(/\?(.*)/s)[1] ?? '';

function wishesOf(tenant: string, request: PageRequest, uiLocales?: string): Wishes {
  return {
    ...{ tenant, uiLocales },
    query: new URLSearchParams(searchOf(request)),
    cookie: request.headers.cookie,
    acceptLanguage: request.headers['accept-language'],
    posted: postedForm(request).get(LANGUAGE_FIELD),
  };
}

/** @param uiLocales of the app's authorization request, where there is one */
export function pageFrame({ id, name }: Tenant, request: PageRequest, uiLocales?: string): PageFrame {
  const texts = TEXTS[languageOf(wishesOf(id, request, uiLocales))];
  return { plan: name, texts, search: searchOf(request) };
}

/** A choice of language counts for every page of this tenant that is opened after it. */
export function rememberLanguageChoice(
  { id, issuer }: Tenant,
  request: PageRequest,
  reply: FastifyReply,
): void {
  if (request.method !== 'GET') return;
  const cookie = rememberLanguage(wishesOf(id, request), issuer.startsWith('https:'));
  if (cookie !== undefined) void reply.header('Set-Cookie', cookie);
}
