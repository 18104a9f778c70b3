import { All, Controller, Get, Inject, Req, Res } from '@nestjs/common';
import {
  capabilityStatement,
  EMPTY_PART_HEADER,
  FHIR_PATH,
  fhirBase,
  INCLUDES_HEADER,
  type Includes,
  notFound,
} from '@patient-access/fhir';
import { Public, sendCompressed } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticated } from '../identity/bearer.strategy.ts';
import { askRelated } from './related-client.ts';
import { completePage } from './include-completion.ts';
import type { Held } from '../proxy/response-relay.ts';
import { type Gateway, GATEWAY } from '../proxy/gateway.ts';
import { type Headers, passOn } from '../proxy/proxy-headers.ts';
import { checkMetadataQuery, type MetadataQuery } from '../discovery/metadata-query.ts';
import { askOwner, ownerHeaders } from '../proxy/owner-request.ts';
import { atPart, placesOf } from './routing.ts';
import { offeredBy } from '../discovery/tenants.ts';

type ForTenant = FastifyRequest<{ Params: { tenant: string } }>;
type ForMetadata = FastifyRequest<{ Params: { tenant: string }; Querystring: MetadataQuery }>;

/** When this release's capabilities were last changed. */
const CAPABILITY_DATE = '2026-11-25';

/** Discovery is for everybody, from any web page (SMART App Launch, checklist item 100). */
const OPEN_TO_ALL = { 'access-control-allow-origin': '*', 'cache-control': 'public, max-age=60' };

/** Headers of a client that change what an owner answers. */
const NEGOTIATION = [
  'accept',
  'accept-encoding',
  'content-type',
  'if-modified-since',
  'if-none-match',
  'prefer',
];

function forwardedHeaders(request: Authenticated): Record<string, string> {
  const headers = ownerHeaders(request);
  for (const name of NEGOTIATION) {
    const value = request.headers[name];
    if (value !== undefined) headers[name] = String(value);
  }
  return headers;
}

/** The FHIR base of every tenant. */
@Controller(`${FHIR_PATH}/:tenant`)
export class FhirController {
  private readonly gateway: Gateway;

  constructor(@Inject(GATEWAY) gateway: Gateway) {
    this.gateway = gateway;
  }

  @Public()
  @Get('metadata')
  async metadata(@Req() request: ForMetadata, @Res() reply: FastifyReply) {
    const { tenant } = request.params;
    const offered = offeredBy(await this.gateway.tenants.require(tenant));
    checkMetadataQuery(request.query, request.headers.accept);
    const statement = capabilityStatement(fhirBase(this.gateway.publicUrl, tenant), CAPABILITY_DATE, offered);
    return reply
      .headers({ ...OPEN_TO_ALL, 'content-type': 'application/fhir+json; charset=utf-8' })
      .send(JSON.stringify(statement));
  }

  @Public()
  @Get('.well-known/smart-configuration')
  async smartConfiguration(@Req() request: ForTenant, @Res() reply: FastifyReply) {
    const configuration = await this.gateway.tenants.require(request.params.tenant);
    return reply
      .headers({ ...OPEN_TO_ALL, 'content-type': 'application/json; charset=utf-8' })
      .send(configuration);
  }

  @All(['', '*'])
  async toOwner(@Req() request: Authenticated, @Res() reply: FastifyReply): Promise<void> {
    const { tenant } = request.params;
    const below = request.url.slice(`/${FHIR_PATH}/${tenant}`.length).replace(/^\//, '');
    const { owners, isOperation } = placesOf(below);
    if (owners.length === 0) throw notFound();
    for (const [at, owner] of owners.entries()) {
      const isLast = at === owners.length - 1;
      const upstream = {
        path: `/${tenant}/${at === 0 ? below : atPart(below, owner)}`,
        headers: forwardedHeaders(request),
        hold: (status: number, headers: Headers) =>
          INCLUDES_HEADER in headers ||
          (!isLast && (EMPTY_PART_HEADER in headers || (status === 404 && !isOperation))),
      };
      const held = await askOwner(this.gateway, owner, request, reply, upstream);
      if (!held) return;
      if (INCLUDES_HEADER in held.headers) return this.complete(request, reply, held);
    }
  }

  private async complete(request: Authenticated, reply: FastifyReply, page: Held): Promise<void> {
    const includes = JSON.parse(String(page.headers[INCLUDES_HEADER])) as Includes;
    reply.status(page.status).headers(passOn(page.headers, ['content-length', INCLUDES_HEADER]));
    // A HEAD has nothing to complete, and no length to tell.
    if (request.method === 'HEAD') return reply.send();
    const body = await completePage(page.body.toString(), includes, askRelated(this.gateway, request));
    await sendCompressed(request, reply, Buffer.from(body));
  }
}
