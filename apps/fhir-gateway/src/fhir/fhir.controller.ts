import { All, Controller, Req, Res } from '@nestjs/common';
import {
  basePath,
  FHIR_PATH,
  type Includes,
  MAX_COUNT,
  notFound,
  type Owner,
  publicationOf,
  unavailable,
} from '@patient-access/fhir';
import {
  FOR_THE_GATEWAY,
  INCLUDES_HEADER,
  linkedPath,
  LINKS_HEADER,
  NO_ANSWER_HEADER,
  REFERENCE_DATA_PART,
  type ReferredResources,
  ROOM_HEADER,
} from '@patient-access/internal-api';
import { noteReason, sendCompressed } from '@patient-access/platform';
import { RECORD_SERVICES } from '@patient-access/topology';
import type { FastifyReply } from 'fastify';
import type { AuthenticatedRequest } from '../identity/introspected-token.ts';
import { OwnerClient } from '../proxy/owner-client.ts';
import { endToEndHeaders, type Headers } from '../proxy/proxy-headers.ts';
import type { BufferedResponse } from '../proxy/response-relay.ts';
import { Quotas } from '../quotas/quotas.ts';
import { completeIncludes } from './include-completion.ts';
import { answerLinks } from './linked-search.ts';
import { noticeOf, part2HeadersOf } from './part2-notice.ts';
import { hasEntries, isTooLarge, joinPages, referenceDataPage } from './record-pages.ts';
import { relatedClient } from './related-client.ts';
import { pathOfPart, routeOf } from './routing.ts';

/** Headers of a client on which the answer of an owner depends. */
const NEGOTIATION = [
  'accept',
  'accept-encoding',
  'content-type',
  'if-modified-since',
  'if-none-match',
  'prefer',
];

function negotiationHeaders(request: AuthenticatedRequest): Headers {
  const headers: Headers = {};
  for (const name of NEGOTIATION) {
    const value = request.headers[name];
    if (value !== undefined) headers[name] = String(value);
  }
  return headers;
}

const OK = 200;
const NOT_FOUND = 404;

const withType = ({ 'content-length': _length, ...headers }: Headers): Headers => ({
  ...headers,
  'content-type': 'application/fhir+json; charset=utf-8',
});

/** Headers by which an owner says that its answer is not what the client gets. */
const NOT_FOR_THE_CLIENT = [INCLUDES_HEADER, LINKS_HEADER, NO_ANSWER_HEADER];
/** Headers of an answer that belong to its own bytes, or to the gateway. */
const NOT_OF_JOINED = ['content-length', ...FOR_THE_GATEWAY];

interface Outcome {
  issue?: { details?: { coding?: { code?: string }[] } }[];
}

/** @returns the code of the error that an owner answered with, or its status: a proxy between them answers without a code */
function errorIn({ status, headers, body }: BufferedResponse): string {
  const isOutcome = /^application\/(fhir\+)?json\b/.test(String(headers['content-type']));
  const { issue }: Outcome = isOutcome ? (JSON.parse(body.toString()) as Outcome) : {};
  return issue?.[0]?.details?.coding?.[0]?.code ?? `http-${status}`;
}

/** The part is too large to be joined to the pages before it. They are a page without it, and link to it. */
const LEFT_OUT = Symbol('left out');

/** Routes below the FHIR base of every tenant. */
@Controller(`${FHIR_PATH}/:tenant`)
export class FhirController {
  private readonly owners: OwnerClient;
  private readonly quotas: Quotas;

  constructor(owners: OwnerClient, quotas: Quotas) {
    this.owners = owners;
    this.quotas = quotas;
  }

  @All(['', '*'])
  async toOwner(@Req() request: AuthenticatedRequest, @Res() reply: FastifyReply): Promise<void> {
    this.quotas.show(request, reply);
    const { tenant } = request.user.claims;
    const below = request.url.slice(`/${basePath(tenant)}`.length).replace(/^\//, '');
    const parts = routeOf(below);
    if (parts.length === 0) throw notFound();
    const pages: BufferedResponse[] = [];
    for (const [at, part] of parts.entries()) {
      const path = `/${tenant}/${at === 0 ? below : pathOfPart(below, part)}`;
      const upstream = { path, before: pages, hasNext: at < parts.length - 1 };
      const page = await this.pageOf(part, request, reply, upstream);
      if (!page) return;
      if (page === LEFT_OUT) break;
      if (NO_ANSWER_HEADER in page.headers) continue;
      if (LINKS_HEADER in page.headers) return this.link(part as Owner, request, reply, page);
      if (INCLUDES_HEADER in page.headers) return this.complete(request, reply, page);
      // If one owner refuses, the whole request is refused. The pages of the owners before it are not sent.
      if (page.status !== OK && pages.length > 0) noteReason(request, errorIn(page));
      if (page.status !== OK) return this.refuse(reply, page);
      pages.push(page);
      if (!(ROOM_HEADER in page.headers) || request.method === 'HEAD') break;
    }
    if (pages.length === 0) throw notFound();
    return this.join(request, reply, pages);
  }

  /**
   * @param upstream.before the pages of the parts before, which this one continues
   * @param upstream.hasNext is there a part that can be asked after this one?
   * @returns undefined when the page was passed on to the client, {@link LEFT_OUT} when it has to be the next one
   */
  private async pageOf(
    part: ReturnType<typeof routeOf>[number],
    request: AuthenticatedRequest,
    reply: FastifyReply,
    { path, before, hasNext }: { path: string; before: readonly BufferedResponse[]; hasNext: boolean },
  ): Promise<BufferedResponse | undefined | typeof LEFT_OUT> {
    const room = before.at(-1)?.headers[ROOM_HEADER];
    const isFilling = before.some(({ body }) => hasEntries(body));
    const isFirst = before.length === 0 && part !== REFERENCE_DATA_PART;
    const negotiated = negotiationHeaders(request);
    if (hasNext) negotiated[NO_ANSWER_HEADER] = 'true';
    if (publicationOf(request.user.claims.tenant)) negotiated[LINKS_HEADER] = 'true';
    // A page that is joined has to be read here, so it comes as it is.
    const { 'accept-encoding': _encoding, ...plain } = negotiated;
    const upstream = {
      path,
      headers: isFirst ? negotiated : { ...plain, [ROOM_HEADER]: String(room ?? MAX_COUNT) },
      mustBuffer: (answered: Headers) => !isFirst || FOR_THE_GATEWAY.some((name) => name in answered),
    };
    const isPage = (answered: Headers) => !NOT_FOR_THE_CLIENT.some((name) => name in answered);
    try {
      return part === REFERENCE_DATA_PART
        ? await this.referenceData(request, reply, upstream)
        : await this.owners.forward(part, request, reply, {
            ...upstream,
            mayPass: (answered) => !isFilling && isPage(answered),
          });
    } catch (error) {
      if (isFilling && isTooLarge(error)) return LEFT_OUT;
      throw error;
    }
  }

  /** The page of reference data. It is put together from the answers of all owners. */
  private async referenceData(
    request: AuthenticatedRequest,
    reply: FastifyReply,
    upstream: Parameters<OwnerClient['forward']>[3],
  ): Promise<BufferedResponse | undefined> {
    const answers = await Promise.all(
      RECORD_SERVICES.map((owner) => this.owners.forward(owner, request, reply, upstream)),
    );
    const known = answers.flatMap((answer) => answer ?? []);
    const [first] = known;
    const refused = known.find(({ status }) => status !== OK);
    if (!first || refused) return refused;
    if (request.method === 'HEAD') return { ...first, headers: withType(first.headers) };
    const referred = known.map(({ body }) => JSON.parse(body.toString()) as ReferredResources);
    const { claims } = request.user;
    const body = await referenceDataPage(referred, relatedClient(this.owners, request), noticeOf(claims));
    return { status: OK, headers: withType(first.headers), body: Buffer.from(body) };
  }

  /** Finds what the owner has to know of another service, and asks it again. */
  private async link(
    owner: Owner,
    request: AuthenticatedRequest,
    reply: FastifyReply,
    { headers, body }: BufferedResponse,
  ): Promise<void> {
    // The answer to a HEAD does not say what is to be asked, and has no page.
    if (request.method === 'HEAD')
      return reply.headers(endToEndHeaders(withType(headers), FOR_THE_GATEWAY)).send();
    const { type, ...search } = await answerLinks(this.owners, request, body.toString());
    // The page has to be read here, so it comes as it is.
    const { 'accept-encoding': _encoding, ...negotiated } = negotiationHeaders(request);
    const page = await this.owners.forward(owner, request, reply, {
      path: `/${request.user.claims.tenant}/${linkedPath(type, 'search')}`,
      headers: { ...negotiated, 'content-type': 'application/json' },
      post: JSON.stringify(search),
      mustBuffer: () => true,
    });
    if (!page) return;
    // The owner has just answered this search. So the 404 comes from a replica of an earlier release, without this path.
    if (page.status === NOT_FOUND) throw unavailable();
    if (page.status !== OK) return this.refuse(reply, page);
    if (INCLUDES_HEADER in page.headers) return this.complete(request, reply, page);
    reply.status(OK).headers(endToEndHeaders(page.headers, NOT_OF_JOINED));
    await sendCompressed(request, reply, page.body);
  }

  private refuse(reply: FastifyReply, { status, headers, body }: BufferedResponse): void {
    reply.status(status).headers(endToEndHeaders(headers)).send(body);
  }

  /** Sends the pages of the parts as one page. */
  private async join(
    request: AuthenticatedRequest,
    reply: FastifyReply,
    pages: readonly BufferedResponse[],
  ): Promise<void> {
    reply.status(OK).headers(endToEndHeaders(pages[0]?.headers ?? {}, NOT_OF_JOINED));
    if (request.method === 'HEAD') return reply.send();
    const { claims } = request.user;
    const texts = pages.map(({ body }) => body.toString());
    const { body, hasPart2 } = joinPages(texts, noticeOf(claims));
    if (hasPart2) void reply.headers(part2HeadersOf(claims));
    await sendCompressed(request, reply, Buffer.from(body));
  }

  private async complete(
    request: AuthenticatedRequest,
    reply: FastifyReply,
    page: BufferedResponse,
  ): Promise<void> {
    const includes = JSON.parse(String(page.headers[INCLUDES_HEADER])) as Includes;
    reply.status(page.status).headers(endToEndHeaders(page.headers, NOT_OF_JOINED));
    // The answer to a HEAD has no body to complete, and its length is unknown.
    if (request.method === 'HEAD') return reply.send();
    const related = relatedClient(this.owners, request);
    const { body, addsPart2 } = await completeIncludes(page.body.toString(), includes, related);
    if (addsPart2) void reply.headers(part2HeadersOf(request.user.claims));
    await sendCompressed(request, reply, Buffer.from(body));
  }
}
