/** What the answer to a request for a page is made of. */
import type { FastifyReply } from 'fastify';
import type { SharedServices } from '../../provider/shared-services.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import type { PageRequest } from './page-frame.ts';

export interface PageContext {
  services: SharedServices;
  server: TenantServer;
  request: PageRequest;
  reply: FastifyReply;
}
