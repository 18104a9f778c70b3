import { All, Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { capabilityStatement, FHIR_PATH, fhirBase, notFound, ownerOf } from '@patient-access/fhir';
import { Public } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticated } from './bearer.strategy.ts';
import { forward } from './forward.ts';
import { type Gateway, GATEWAY } from './gateway.ts';

type ForTenant = FastifyRequest<{ Params: { tenant: string } }>;

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

/** What the owner may know of the client's request; its credential is ours, not the client's. */
function ownerHeaders(request: Authenticated) {
  const negotiated = NEGOTIATION.flatMap((name) => {
    const value = request.headers[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(negotiated),
    authorization: `Bearer ${request.user.jwt}`,
    'x-request-id': request.id,
    'x-forwarded-for': request.ip,
  };
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
  async metadata(@Req() request: ForTenant, @Res() reply: FastifyReply) {
    const { tenant } = request.params;
    await this.gateway.tenants.require(tenant);
    const statement = capabilityStatement(fhirBase(this.gateway.publicUrl, tenant), CAPABILITY_DATE);
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

  @All('*')
  async toOwner(@Req() request: Authenticated, @Res() reply: FastifyReply): Promise<void> {
    const base = `/${FHIR_PATH}/${request.params.tenant}/`;
    const below = request.url.slice(base.length);
    const owner = ownerOf(/^[A-Za-z]+/.exec(below)?.[0] ?? '');
    if (!owner) throw notFound();
    const { tenant, patient } = request.user.claims;
    await forward(request, reply, {
      pool: this.gateway.owners[owner],
      path: `/${tenant}/${below}`,
      headers: ownerHeaders(request),
      verify(headers) {
        const same =
          headers['x-request-id'] === request.id && headers['x-answer-for'] === `${tenant}/${patient ?? ''}`;
        if (!same) throw new Error('an owner answered another request');
        delete headers['x-answer-for'];
      },
    });
  }
}
