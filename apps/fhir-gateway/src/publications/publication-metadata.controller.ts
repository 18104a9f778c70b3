import { Controller, Get, Headers, Inject, Param, Query, Req, Res } from '@nestjs/common';
import {
  ERRORS_PATH,
  fhirBase,
  noSuchAddress,
  publicationCapabilities,
  publications,
  publicationTenant,
} from '@patient-access/fhir';
import { Public } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PUBLIC_URL } from '../discovery/discovery.controller.ts';
import { sendOpenly } from '../discovery/open-document.ts';
import { checkMetadataQuery, type MetadataQuery } from '../discovery/metadata-query.ts';
import { RELEASE } from '../discovery/release.ts';
import { TenantDirectory } from '../discovery/tenant-directory.ts';
import { PUBLICATION_BASES } from './publication.controller.ts';
import { publicationAt } from './publication.strategy.ts';

/** What the FHIR base of a publication offers. */
@Public()
@Controller(PUBLICATION_BASES)
export class PublicationMetadataController {
  private readonly tenants: TenantDirectory;
  private readonly publicUrl: string;

  constructor(tenants: TenantDirectory, @Inject(PUBLIC_URL) publicUrl: string) {
    this.tenants = tenants;
    this.publicUrl = publicUrl;
  }

  /** @throws OperationError 404 where the plan does not publish this */
  @Get('metadata')
  async metadata(
    @Param('tenant') tenant: string,
    @Query() query: MetadataQuery,
    @Headers('accept') accept: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { plan } = await this.tenants.require(tenant);
    const name = publicationAt(request.url);
    if (!name || !plan.publications.includes(name)) throw noSuchAddress();
    checkMetadataQuery(query, accept);
    const statement = publicationCapabilities(publications[name], {
      base: fhirBase(this.publicUrl, publicationTenant(tenant, name)),
      plan,
      release: RELEASE,
      errors: `${this.publicUrl}/${ERRORS_PATH}`,
    });
    await sendOpenly(request, reply, 'application/fhir+json', JSON.stringify(statement));
  }
}
