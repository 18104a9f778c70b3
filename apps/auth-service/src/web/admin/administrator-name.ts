import type { FastifyRequest } from 'fastify';
import type { Administrator } from '../../domain/audit/administrator.ts';
import { plainText } from '../../domain/apps/app-name.ts';

const MAX_NAME_CHARACTERS = 64;

/** A request of an administrator whom the plan's identity provider has named: see administrator.strategy.ts. */
export interface AdministratorRequest {
  user?: { byProvider?: Administrator };
}

/** @returns the name in the header `X-Administrator`, which nobody checks; events record it as it was sent */
const nameIn = ({ headers }: Pick<FastifyRequest, 'headers'>): string =>
  plainText(String(headers['x-administrator'] ?? ''), MAX_NAME_CHARACTERS) || 'unnamed';

/** @returns who administers, as the plan's identity provider says, or else as the request names her */
export const administratorOf = ({
  headers,
  user,
}: Pick<FastifyRequest, 'headers'> & AdministratorRequest): Administrator =>
  user?.byProvider ?? { administrator: nameIn({ headers }) };
