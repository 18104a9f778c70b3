/** What is sent to each route of auth-service, beside what strangers send to any route. */
import { type Ending, STRANGERS_ENDINGS, type TestedRoute } from '@patient-access/testing';
import { WITHOUT_EVENT } from '../../src/web/attempts/route-events.ts';
import { ADMIN_SECRET, GATEWAY_BASIC } from '../world.ts';

export const BELOW_ISSUER = '/auth/:tenant/oauth2/v1/*';

const VALUES: Readonly<Record<string, string>> = {
  uid: 'nothing-under-this-uid',
  login: 'maria.many',
  patient: 'maria',
  number: 'W1',
  fault: 'throttle',
};

const filled = (pattern: string, tenant: string): string =>
  pattern
    .replace(':tenant', tenant)
    .replaceAll(/:(\w+)/g, (_, name: string) => VALUES[name] ?? 'nothing-here');

/** A route of our own. */
export const ownRoute = ({ method, url }: { method: string; url: string }): TestedRoute => ({
  method,
  pattern: url,
  pathAt: (tenant) => filled(url, tenant).replace(/\*$/, 'nothing'),
});

/** Keys and metadata. */
const PUBLISHED = /^\/(?:keys|\.well-known\/)/;

/** An endpoint of oidc-provider, whose redirections lead on in a login or say to the app why they refuse. @param path below the issuer */
export const issuersRoute = (method: string, path: string): TestedRoute => ({
  method,
  pattern: BELOW_ISSUER,
  pathAt: (tenant) => filled(BELOW_ISSUER, tenant).replace(/\/\*$/, path),
  isPublished: PUBLISHED.test(path),
  mayLeadOn: true,
});

const AS_GATEWAY = 'as the gateway';
const ENDINGS: Readonly<Record<string, Ending>> = {
  ...STRANGERS_ENDINGS,
  [AS_GATEWAY]: { headers: { authorization: GATEWAY_BASIC } },
  'as an administrator': { headers: { authorization: `Bearer ${ADMIN_SECRET}`, 'x-administrator': 'Ada' } },
  'at a suspended plan': { tenant: 'lakeside' },
};

/**
 * Together they cause each status that the service gives. The stream of revocations has no end. What is told to the gateway
 * the gateway accounts for, whatever it was.
 */
export function endingsAt({ method, pattern }: TestedRoute): Readonly<Record<string, Ending>> {
  const { [AS_GATEWAY]: asGateway, ...others } = ENDINGS;
  if (pattern === '/internal/revocations') return others;
  const isPassedOn =
    pattern.startsWith('/internal/') && `${method.replace('HEAD', 'GET')} ${pattern}` in WITHOUT_EVENT;
  return { ...others, [AS_GATEWAY]: { ...asGateway, isPassedOn } };
}
