import { All, Controller, Req, Res } from '@nestjs/common';
import { FHIR_PATH, type Includes, notFound, PART2_HEADER, part2Header } from '@patient-access/fhir';
import { EMPTY_PART_HEADER, INCLUDES_HEADER } from '@patient-access/internal-api';
import { sendCompressed } from '@patient-access/platform';
import type { TokenClaims } from '@patient-access/smart';
import type { FastifyReply } from 'fastify';
import type { AuthenticatedRequest } from '../identity/introspected-token.ts';
import { OwnerClient } from '../proxy/owner-client.ts';
import { endToEndHeaders, type Headers } from '../proxy/proxy-headers.ts';
import type { BufferedResponse } from '../proxy/response-relay.ts';
import { completeIncludes } from './include-completion.ts';
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

/** The header that an owner sets on a page with such records, for a page that the gateway added them to. */
function part2HeadersOf({ part2, grant_id: grant, scope }: TokenClaims): Headers {
  return part2 ? { [PART2_HEADER]: part2Header({ grant, scope, ...part2 }) } : {};
}

/** Routes below the FHIR base of every tenant. */
@Controller(`${FHIR_PATH}/:tenant`)
export class FhirController {
  private readonly owners: OwnerClient;

  constructor(owners: OwnerClient) {
    this.owners = owners;
  }

  @All(['', '*'])
  async toOwner(@Req() request: AuthenticatedRequest, @Res() reply: FastifyReply): Promise<void> {
    const { tenant } = request.params;
    const below = request.url.slice(`/${FHIR_PATH}/${tenant}`.length).replace(/^\//, '');
    const owners = routeOf(below);
    if (owners.length === 0) throw notFound();
    for (const [at, owner] of owners.entries()) {
      const isLast = at === owners.length - 1;
      const buffered = await this.owners.forward(owner, request, reply, {
        path: `/${tenant}/${at === 0 ? below : pathOfPart(below, owner)}`,
        headers: negotiationHeaders(request),
        mustBuffer: (headers) => INCLUDES_HEADER in headers || (!isLast && EMPTY_PART_HEADER in headers),
      });
      if (!buffered) return;
      if (INCLUDES_HEADER in buffered.headers) return this.complete(request, reply, buffered);
    }
  }

  private async complete(
    request: AuthenticatedRequest,
    reply: FastifyReply,
    page: BufferedResponse,
  ): Promise<void> {
    const includes = JSON.parse(String(page.headers[INCLUDES_HEADER])) as Includes;
    reply.status(page.status).headers(endToEndHeaders(page.headers, ['content-length', INCLUDES_HEADER]));
    // The answer to a HEAD has no body to complete, and its length is unknown.
    if (request.method === 'HEAD') return reply.send();
    const related = relatedClient(this.owners, request);
    const { body, addsPart2 } = await completeIncludes(page.body.toString(), includes, related);
    if (addsPart2) void reply.headers(part2HeadersOf(request.user.claims));
    await sendCompressed(request, reply, Buffer.from(body));
  }
}
