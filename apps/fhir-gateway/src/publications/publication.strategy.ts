import { PassportStrategy } from '@nestjs/passport';
import { noSuchAddress, PUBLICATIONS, publications, type PublicationName } from '@patient-access/fhir';
import { RequestStrategy } from '@patient-access/platform';
import type { FastifyRequest } from 'fastify';
import type { TenantDirectory } from '../discovery/tenant-directory.ts';
import type { IntrospectedCaller } from '../identity/introspected-token.ts';
import type { Quotas } from '../quotas/quotas.ts';
import type { PublicationCredentials } from './publication-credentials.ts';

/** Passport name of {@link PublicationStrategy}. */
export const PUBLICATION = 'publication';

/** @returns the publication whose path a request has */
export const publicationAt = (url: string): PublicationName | undefined =>
  PUBLICATIONS.find((name) => url.startsWith(`/${publications[name].path}/`));

/**
 * Passport strategy `publication`: everybody, without a login. Whatever a request says of its caller is not looked at. The
 * credential comes from auth-service and opens what the plan published, and nothing else.
 */
export class PublicationStrategy extends PassportStrategy(RequestStrategy, PUBLICATION) {
  private readonly tenants: TenantDirectory;
  private readonly credentials: PublicationCredentials;
  private readonly quotas: Quotas;

  constructor(tenants: TenantDirectory, credentials: PublicationCredentials, quotas: Quotas) {
    super();
    this.tenants = tenants;
    this.credentials = credentials;
    this.quotas = quotas;
  }

  /** @throws OperationError 404 where the plan does not publish this, 429 for an address that asks too often */
  async validate(request: FastifyRequest<{ Params: { tenant: string } }>): Promise<IntrospectedCaller> {
    const {
      url,
      params: { tenant },
    } = request;
    await this.quotas.takePublished(request);
    const name = publicationAt(url);
    const { plan } = await this.tenants.require(tenant);
    if (!name || !plan.publications.includes(name)) throw noSuchAddress();
    const again = () => this.credentials.of(tenant, name);
    return { ...(await again()), again };
  }
}
