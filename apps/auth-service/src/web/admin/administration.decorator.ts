import {
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
  type PipeTransform,
} from '@nestjs/common';
import type { Pool } from '@patient-access/database';
import type { FastifyRequest } from 'fastify';
import { type Administration, NotFoundError } from '../../domain/administration/administration.ts';
import { Tenants } from '../../provider/tenants.ts';
import { POOL } from '../services/tokens.ts';
import { type AdministratorRequest, administratorOf } from './administrator-name.ts';

type TenantRequest = FastifyRequest<{ Params: { tenant: string } }> & AdministratorRequest;

/** Turns a request into the input of an administrator's command. */
@Injectable()
class AdministrationPipe implements PipeTransform<TenantRequest, Promise<Administration>> {
  private readonly tenants: Tenants;
  private readonly pool: Pool;

  constructor(tenants: Tenants, @Inject(POOL) pool: Pool) {
    this.tenants = tenants;
    this.pool = pool;
  }

  /** @throws NotFoundError when there is no such tenant */
  async transform(request: TenantRequest): Promise<Administration> {
    const { id, ip, params } = request;
    const server = await this.tenants.get(params.tenant);
    if (!server) throw new NotFoundError(`no tenant "${params.tenant}"`);
    return {
      pool: this.pool,
      tenant: server.tenant,
      ...administratorOf(request),
      address: ip,
      requestId: id,
    };
  }
}

const RequestOf = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  context.switchToHttp().getRequest<TenantRequest>(),
);

/**
 * The tenant in the path, and the person who administers it: whom the plan's identity provider names, or else the header
 * `X-Administrator`. Nobody checks that name; events record it as it was sent.
 */
export const AdministrationOf = () => RequestOf(AdministrationPipe);
