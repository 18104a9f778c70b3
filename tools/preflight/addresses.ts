/** Addresses and what stands before them: TLS, proxies, and addresses of one machine. */
import { hasOwnHost } from '@patient-access/platform/config';
import { TOPOLOGY } from '@patient-access/topology';
import { type Obstacle, type Given, toLookAt, toChange, type CheckedService, unless } from './obstacle.ts';

const isHere = (url: string): boolean => /^\w+:\/\/(127\.|localhost|\[::1\])/.test(url);
const INTERNAL = /^(?:AUDIT|AUTH|CLAIMS|CLINICAL|COVERAGE)_URL$/;

function publicAddress(name: string, { [name]: url }: Given): Obstacle[] {
  if (url === undefined) return [];
  return [
    ...unless(
      url.startsWith('https:'),
      toChange('public address', `${name} is ${url}`, 'give it an https address'),
    ),
    ...unless(
      !isHere(url),
      toChange('public address', `${name} is this machine`, 'give it the host name of clients'),
    ),
  ];
}

/** Pages with scripts, and what must not be on their host: a cookie of somebody who is logged in. */
const APART = [
  ['DEVELOPERS_URL', 'PUBLIC_URL'],
  ['CARD_VIEWER_URL', 'PUBLIC_URL'],
  ['CARD_VIEWER_URL', 'DEVELOPERS_URL'],
] as const;

function ownHosts(given: Given): Obstacle[] {
  return APART.flatMap(([name, other]) =>
    unless(
      hasOwnHost(given[name], given[other]),
      toChange(
        'public address',
        `${name} has the host of ${other}`,
        'give it a host of its own: it has scripts',
      ),
    ),
  );
}

function proxies({ service, given }: CheckedService): Obstacle[] {
  const { TRUSTED_PROXIES: trusted } = given;
  if (!TOPOLOGY[service].ingress) return [];
  const fix = 'name the addresses of the proxies that end TLS (ADR 55)';
  if (trusted === undefined) return [toChange('proxies', 'TRUSTED_PROXIES is not set', fix)];
  return unless(trusted !== 'none', toLookAt('proxies', 'TRUSTED_PROXIES says none', fix));
}

function otherServices(given: Given): Obstacle[] {
  const here = Object.entries(given).filter(([name, url = '']) => INTERNAL.test(name) && isHere(url));
  const fix = 'name the Service of the cluster';
  return here.map(([name, url]) => toChange('addresses of services', `${name} is ${url}`, fix));
}

/** The gateway and the services send members' data to each other. */
function betweenServices(given: Given): Obstacle[] {
  const plain = Object.keys(given).filter((name) => INTERNAL.test(name) && given[name]?.startsWith('http:'));
  const fix = 'SERVICE_CERTIFICATE_FILE (k8s/components/service-tls), or a mesh that encrypts';
  return unless(
    plain.length === 0,
    toLookAt('TLS between services', `${plain.join(', ')}: without TLS`, fix),
  );
}

function mail({ service, given }: CheckedService): Obstacle[] {
  if (service !== 'auth-service') return [];
  const fix = 'give it SMTP_URL, and no MAIL_DIRECTORY';
  return [
    ...unless(given['MAIL_DIRECTORY'] === undefined, toChange('mail', 'MAIL_DIRECTORY is of a preview', fix)),
    ...unless(
      given['SMTP_URL'] !== undefined,
      toLookAt('mail', 'no mail is sent: members get no notices', fix),
    ),
  ];
}

export const addressFindings = (target: CheckedService): Obstacle[] => [
  ...publicAddress('PUBLIC_URL', target.given),
  ...publicAddress('DEVELOPERS_URL', target.given),
  ...publicAddress('CARD_VIEWER_URL', target.given),
  ...ownHosts(target.given),
  ...proxies(target),
  ...otherServices(target.given),
  ...betweenServices(target.given),
  ...mail(target),
];
