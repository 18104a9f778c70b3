/** The frame of a page: the plan, and the language that the request asks for. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { languageOf, rememberLanguage, TEXTS, type Wishes } from '../../domain/pages/language.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import { LANGUAGE_FIELD, type PageFrame } from './layout.ts';
import { postedForm } from './posted-form.ts';

export type PageRequest = Pick<FastifyRequest, 'raw' | 'id' | 'url' | 'method' | 'headers' | 'body'>;

const searchOf = ({ url }: PageRequest): string => url.split(/\?(.*)/s)[1] ?? '';

function wishesOf(tenant: string, request: PageRequest, uiLocales?: string): Wishes {
  return {
    tenant,
    uiLocales,
    query: new URLSearchParams(searchOf(request)),
    cookie: request.headers.cookie,
    acceptLanguage: request.headers['accept-language'],
    posted: postedForm(request).get(LANGUAGE_FIELD),
  };
}

/** @param uiLocales of the app's authorization request, if there is one */
export function pageFrame({ id, name }: Tenant, request: PageRequest, uiLocales?: string): PageFrame {
  const texts = TEXTS[languageOf(wishesOf(id, request, uiLocales))];
  return { plan: name, texts, search: searchOf(request) };
}

/** Remembers a language that was chosen on one page for all pages of this tenant that are opened later. */
export function rememberLanguageChoice(
  { id, issuer }: Tenant,
  request: PageRequest,
  reply: FastifyReply,
): void {
  if (request.method !== 'GET') return;
  const cookie = rememberLanguage(wishesOf(id, request), issuer.startsWith('https:'));
  if (cookie !== undefined) void reply.header('Set-Cookie', cookie);
}
