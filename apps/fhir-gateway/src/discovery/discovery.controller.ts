import { Controller, Get, Headers, Inject, Param, Query, Req, Res } from '@nestjs/common';
import {
  BENEFIT_BALANCE,
  benefitBalanceDefinition,
  capabilityStatement,
  ERRORS_PATH,
  FHIR_PATH,
  fhirBase,
  notFound,
} from '@patient-access/fhir';
import { type ApiDescription, openApiDocument, postmanCollection } from '@patient-access/openapi';
import { Public } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { checkMetadataFormat, checkMetadataQuery, type MetadataQuery } from './metadata-query.ts';
import { sendOpenly } from './open-document.ts';
import { RELEASE } from './release.ts';
import { capabilitiesIn, TenantDirectory } from './tenant-directory.ts';

/** Injection token of the scheme and host that clients see. */
export const PUBLIC_URL = Symbol('public URL');

/** Injection token of the scheme and host of the developer site; undefined where there is none. */
export const DEVELOPERS_URL = Symbol('developers URL');

/** Discovery is open to everybody, also to any web page (SMART App Launch, checklist item 100). */
@Public()
@Controller(`${FHIR_PATH}/:tenant`)
export class GatewayDiscoveryController {
  private readonly tenants: TenantDirectory;
  private readonly publicUrl: string;
  private readonly developersUrl: string | undefined;

  constructor(
    tenants: TenantDirectory,
    @Inject(PUBLIC_URL) publicUrl: string,
    @Inject(DEVELOPERS_URL) developersUrl: string | undefined,
  ) {
    this.tenants = tenants;
    this.publicUrl = publicUrl;
    this.developersUrl = developersUrl;
  }

  @Get('metadata')
  async metadata(
    @Param('tenant') tenant: string,
    @Query() query: MetadataQuery,
    @Headers('accept') accept: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { smartConfiguration, plan } = await this.tenants.require(tenant);
    checkMetadataQuery(query, accept);
    const statement = capabilityStatement({
      ...this.installed(tenant),
      plan,
      guides: plan.guides,
      developers: this.developersUrl,
      ...capabilitiesIn(smartConfiguration),
    });
    await sendOpenly(request, reply, 'application/fhir+json', JSON.stringify(statement));
  }

  /** What the CapabilityStatement names as the definition of an operation of ours. */
  @Get(BENEFIT_BALANCE)
  async benefitBalance(
    @Param('tenant') tenant: string,
    @Query() query: MetadataQuery,
    @Headers('accept') accept: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { plan } = await this.tenants.require(tenant);
    checkMetadataFormat(query, accept);
    const definition = benefitBalanceDefinition({ ...this.installed(tenant), plan });
    await sendOpenly(request, reply, 'application/fhir+json', JSON.stringify(definition));
  }

  /** For tools that make clients and documentation of an API. */
  @Get('openapi.json')
  async openApi(
    @Param('tenant') tenant: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const document = openApiDocument(await this.describe(tenant));
    await sendOpenly(request, reply, 'application/json', JSON.stringify(document));
  }

  @Get('postman.json')
  async postman(
    @Param('tenant') tenant: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const collection = postmanCollection(await this.describe(tenant));
    await sendOpenly(request, reply, 'application/json', JSON.stringify(collection));
  }

  private async describe(tenant: string): Promise<ApiDescription> {
    const { smartConfiguration, plan } = await this.tenants.require(tenant);
    const smart = JSON.parse(smartConfiguration) as ApiDescription['smart'];
    return { ...this.installed(tenant), plan, smart };
  }

  /** What all documents about a FHIR base say of this installation. */
  private installed(tenant: string) {
    const errors = `${this.publicUrl}/${ERRORS_PATH}`;
    return { base: fhirBase(this.publicUrl, tenant), release: RELEASE, errors };
  }

  /** Beside what is here there is nothing, for which nobody needs a token. */
  @Get('.well-known/*')
  nothing(): never {
    throw notFound();
  }

  @Get('.well-known/smart-configuration')
  async smartConfiguration(
    @Param('tenant') tenant: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { smartConfiguration } = await this.tenants.require(tenant);
    await sendOpenly(request, reply, 'application/json', smartConfiguration);
  }
}
