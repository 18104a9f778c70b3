import { Injectable, NotFoundException, type PipeTransform } from '@nestjs/common';
import { type TenantServer, Tenants } from '../../provider/tenants.ts';

/**
 * Turns the tenant of a path into the tenant's authorization server: `@Param('tenant', TenantPipe) server: TenantServer`.
 * A tenant that does not exist is 404.
 */
@Injectable()
export class TenantPipe implements PipeTransform<string, Promise<TenantServer>> {
  private readonly tenants: Tenants;

  constructor(tenants: Tenants) {
    this.tenants = tenants;
  }

  async transform(id: string): Promise<TenantServer> {
    const server = await this.tenants.get(id);
    if (!server) throw new NotFoundException();
    return server;
  }
}
