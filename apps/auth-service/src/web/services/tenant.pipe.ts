import { Injectable, NotFoundException, type PipeTransform } from '@nestjs/common';
import { type TenantServer, Tenants } from '../../provider/tenants.ts';

/** @throws NotFoundException when there is no such tenant */
export async function serverOf(tenants: Tenants, id: string): Promise<TenantServer> {
  const server = await tenants.get(id);
  if (!server) throw new NotFoundException();
  return server;
}

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

  transform(id: string): Promise<TenantServer> {
    return serverOf(this.tenants, id);
  }
}
