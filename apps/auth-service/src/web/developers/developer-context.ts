/** What a page for developers needs: the request, the plan, and who is logged in. */
import type { FastifyRequest } from 'fastify';
import type { DeveloperAccount, DeveloperSession } from '../../domain/developers/developers.ts';
import type { OwnWork } from '../../domain/developers/own-clients.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import type { PageContext } from '../pages/page-context.ts';
import type { CookiePlace } from './developer-cookie.ts';
import type { KeptForm } from './kept-form.ts';
import type { DeveloperFrame } from './pages/frame.ts';

/** `token` is in the link of a mail, `client` in the path of an app, `application` and `digest` in those of theirs. */
export type DeveloperRequest = FastifyRequest<{
  Params: { tenant: string; token?: string; client?: string; application?: string; digest?: string };
  Querystring: Record<string, string | string[] | undefined>;
  Body: unknown;
}>;

export interface DeveloperContext extends PageContext {
  request: DeveloperRequest;
  place: CookiePlace;
  /** of the browser that sent the request; absent for somebody who is not logged in */
  session?: DeveloperSession;
  frame: DeveloperFrame;
  /** what was filled in before the session ended, if the login in its place was posted */
  kept?: KeptForm;
}

/** A page of somebody who is logged in. */
export type OwnPage = DeveloperContext & { session: DeveloperSession };

/** @returns a parameter of the address; undefined when it is not there, or more than once */
export function parameterOf({ request }: DeveloperContext, name: string): string | undefined {
  const value = request.query[name];
  return typeof value === 'string' ? value : undefined;
}

export function workOf({ services, server, request, session }: OwnPage): OwnWork {
  const { developer }: { developer: DeveloperAccount } = session;
  const address = clientAddress(request);
  return { pool: services.pool, tenant: server.tenant, developer, address, requestId: request.id };
}
