import {
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
  type PipeTransform,
} from '@nestjs/common';
import type { Pool } from '@patient-access/database';
import type { FastifyRequest } from 'fastify';
import { type Administration, NotFoundError } from '../../domain/administration/clients.ts';
import { Tenants } from '../../provider/tenants.ts';
import { POOL } from '../services/tokens.ts';
import { administratorOf } from './administrator-name.ts';

type TenantRequest = FastifyRequest<{ Params: { tenant: string } }>;

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
  async transform({ id, ip, params, headers }: TenantRequest): Promise<Administration> {
    const server = await this.tenants.get(params.tenant);
    if (!server) throw new NotFoundError(`no tenant "${params.tenant}"`);
    const administrator = administratorOf({ headers });
    return { pool: this.pool, tenant: server.tenant, administrator, address: ip, requestId: id };
  }
}

const RequestOf = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  context.switchToHttp().getRequest<TenantRequest>(),
);

/**
 * The tenant in the path, and the person who administers it. The header `X-Administrator` names the person. Nobody
 * checks that name; events record it as it was sent.
 */
export const AdministrationOf = () => RequestOf(AdministrationPipe);
