/** Secrets that somebody could guess, and what a log would show. */
import { createPublicKey } from 'node:crypto';
import { databasePasswords } from './databases.ts';
import { type Obstacle, type Given, toLookAt, toChange, type CheckedService, unless } from './obstacle.ts';

const SECRETS = [
  'ADMIN_SECRET',
  'CURSOR_SECRET',
  'GATEWAY_CLIENT_SECRET',
  'KAFKA_OAUTH_CLIENT_SECRET',
  'KAFKA_SASL_PASSWORD',
  'KEY_ENCRYPTION_KEY',
] as const;
/** As in examples, and as people type when a form wants something. */
const WORD = /secret|password|change|example|test|admin|postgres|qwert|12345/i;
/** 128 random bits in base64 have 22 characters, of which some 18 differ. */
const LEAST_CHARACTERS = 16;
const LEAST_DIFFERENT = 8;

/** @returns why somebody could guess it, or undefined */
function weakness(secret: string): string | undefined {
  if (secret.length < LEAST_CHARACTERS) return `has fewer than ${LEAST_CHARACTERS} characters`;
  if (new Set(secret).size < LEAST_DIFFERENT) return 'repeats few characters';
  if (WORD.test(secret)) return 'contains a word';
  return undefined;
}

/** What has to be done with the settings that may have several values while a secret is replaced. */
const ROTATED = {
  KEY_ENCRYPTION_KEY: 'npm run admin -- keys reseal, then leave the first key alone',
  ADMIN_SECRET: 'leave the new one alone when all callers have it',
  CURSOR_SECRET: 'leave the new one alone, ten minutes after the rollout that put it first',
  GATEWAY_CLIENT_SECRET: 'leave the new one alone when fhir-gateway has it first',
} as const;

/** @returns the values of a setting: while a secret is replaced, it has several */
const valuesIn = (name: string, value = ''): string[] =>
  name in ROTATED ? value.split(',').map((secret) => secret.trim()) : [value];

/** A key is 32 bytes in base64. A password may stand in a connection URL, where a slash of base64 would end it. */
const newValueOf = (name: string) =>
  name === 'KEY_ENCRYPTION_KEY' ? 'openssl rand -base64 32' : 'openssl rand -hex 32';

function weakSecrets(given: Given): Obstacle[] {
  const own = SECRETS.map((name) => [name, given[name]] as const);
  return [...own, ...databasePasswords(given)].flatMap(([name, value]) => {
    const [why] = value ? valuesIn(name, value).flatMap((secret) => weakness(secret) ?? []) : [];
    return why ? [toChange('secrets', `${name} ${why}`, `${newValueOf(name)}, then rotate it`)] : [];
  });
}

const halfRotated = (given: Given): Obstacle[] =>
  Object.entries(ROTATED).flatMap(([name, fix]) =>
    unless(!given[name]?.includes(','), toLookAt('secrets', `${name} has more than one value`, fix)),
  );

function loud({ LOG_LEVEL: level = 'info' }: Given): Obstacle[] {
  return unless(!/^(debug|trace)$/.test(level), toLookAt('log', `LOG_LEVEL is ${level}`, 'info'));
}

/** As audit-service reads them (`PublicKeysSetting`): a private key is none. */
function arePublicKeys(pem: string): boolean {
  const keys = pem.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? [];
  try {
    const curves = keys.map((key) => createPublicKey(key).asymmetricKeyDetails?.namedCurve);
    return curves.length > 0 && curves.every((curve) => curve === 'prime256v1');
  } catch {
    return false;
  }
}

/** Without their public key, a trail that was restored looks like one that was cut, for good. */
function unknownOperators({ service, given }: CheckedService): Obstacle[] {
  const { RESTORE_PUBLIC_KEYS: keys } = given;
  if (service !== 'audit-service' || (keys && arePublicKeys(keys))) return [];
  const fix = 'make their key, and give audit-service its public half (docs/audit.md, "After a restore")';
  if (keys)
    return [
      toChange(
        'secrets',
        'RESTORE_PUBLIC_KEYS are not public keys on P-256: audit-service does not start',
        fix,
      ),
    ];
  const found = 'RESTORE_PUBLIC_KEYS is not set: nothing that operators sign about the trail is believed';
  return [toLookAt('secrets', found, fix)];
}

export const secretFindings = ({ service, given }: CheckedService): Obstacle[] => [
  ...weakSecrets(given),
  ...unknownOperators({ service, given }),
  ...halfRotated(given),
  ...loud(given),
];

/** Secrets that have to be the same in two services, or may not be. */
export function sharedSecretFindings(targets: readonly CheckedService[]): Obstacle[] {
  const valuesOf = (name: string) => targets.flatMap(({ given }) => given[name] ?? []);
  const different = (name: string) => new Set(valuesOf(name)).size;
  const keys = valuesOf('EVENT_KEY');
  return [
    ...unless(
      different('GATEWAY_CLIENT_SECRET') <= 1,
      toChange('secrets', 'GATEWAY_CLIENT_SECRET differs between services', 'give both the same Secret'),
    ),
    ...unless(
      different('EVENT_KEY') === keys.length,
      toChange('secrets', 'two services have the same EVENT_KEY', 'give each a key of its own'),
    ),
  ];
}
