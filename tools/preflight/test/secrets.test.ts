import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { secretFindings } from '../secrets.ts';

const pair = (namedCurve = 'P-256') =>
  generateKeyPairSync('ec', {
    namedCurve,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
const about = (service: 'audit-service' | 'claims-service', given: Record<string, string>) =>
  secretFindings({ service, given }).map(({ level, found }) => `${level} ${found}`);

it('asks whether audit-service knows the operators’ key, where the Secret has none', () => {
  const unknown = [expect.stringMatching(/^look RESTORE_PUBLIC_KEYS is not set/)];
  // As `k8s/secrets.sh` prints it when it is given none.
  expect(about('audit-service', { RESTORE_PUBLIC_KEYS: '' })).toEqual(unknown);
  expect(about('audit-service', {})).toEqual(unknown);
  expect(about('audit-service', { RESTORE_PUBLIC_KEYS: pair().publicKey })).toEqual([]);
  expect(about('claims-service', {})).toEqual([]);
});

it.each([
  ['the name of a file', 'operators-public.pem'],
  ['no whole key', '-----BEGIN PUBLIC KEY-----'],
  ['a private key', pair().privateKey],
  ['a key on another curve after a good one', `${pair().publicKey}${pair('P-384').publicKey}`],
])('stops where the operators’ key is %s, with which audit-service does not start', (_what, given) => {
  expect(about('audit-service', { RESTORE_PUBLIC_KEYS: given })).toEqual([
    expect.stringMatching(/^stop RESTORE_PUBLIC_KEYS are not public keys on P-256/),
  ]);
});

it('names a new value that may stand in a connection URL, where a slash would end the password', () => {
  const given = { DATABASE_URL: 'postgres://claims_service:short@db/claims', CURSOR_SECRET: 'short' };
  const fixes = secretFindings({ service: 'claims-service', given }).map(({ fix }) => fix);
  expect(fixes).toEqual(Array<string>(2).fill('openssl rand -hex 32, then rotate it'));
});
