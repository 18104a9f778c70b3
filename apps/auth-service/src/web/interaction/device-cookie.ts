/** The cookie of a device that has logged in before: it is throttled apart from devices that nobody knows. */
import { randomBytes } from 'node:crypto';
import { cookieIn } from '../../domain/cookies.ts';
import { deviceCookie, deviceOf } from '../../domain/throttle/rules.ts';
import type { InteractionContext } from './interaction-context.ts';

const SECONDS = 90 * 24 * 60 * 60;
const ID_BYTES = 16;

const nameOf = ({ id, issuer }: InteractionContext['server']['tenant']): string =>
  `${issuer.startsWith('https:') ? '__Host-' : ''}${id}-device`;

/** @param login normalised */
export function rememberDevice({ services, server, reply }: InteractionContext, login: string): void {
  const { tenant } = server;
  const id = randomBytes(ID_BYTES).toString('base64url');
  const value = deviceCookie(services.throttleKey, tenant.id, login, id);
  const secure = tenant.issuer.startsWith('https:') ? '; Secure' : '';
  const attributes = `Path=/; Max-Age=${SECONDS}; HttpOnly; SameSite=Lax${secure}`;
  void reply.header('set-cookie', `${nameOf(tenant)}=${value}; ${attributes}`);
}

/** @param login normalised @returns the device, if this login was right on it before */
export function knownDevice({ services, server, request }: InteractionContext, login: string) {
  const { tenant } = server;
  const cookie = cookieIn(request.headers.cookie, nameOf(tenant));
  return deviceOf(services.throttleKey, tenant.id, login, cookie);
}
