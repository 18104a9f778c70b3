import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from '@jest/globals';
import {
  type ConsentFact,
  eventKeys,
  eventSigner,
  openFact,
  publicEventKey,
  signFact,
} from '../../src/index.ts';

const KEY = generateKeyPairSync('ed25519', {
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey;
const KEYS = eventKeys(JSON.stringify({ keys: [publicEventKey('auth-service', KEY)] }));
const SIGNER = eventSigner('auth-service', KEY);

const fact: ConsentFact = {
  tenant: 'northwind',
  grantId: 'grant-1',
  member: 'anna',
  plan: { iss: 'https://plan.example', name: 'Northwind\u2028Health\u2029\u0085\r\n\u{1f600}' },
  client: { id: 'app-1', name: 'Health Diary' },
  by: { sub: 'login\u20281' },
  scope: 'patient/*.rs',
  labels: [],
  granted: '2026-11-25T10:00:00.000Z',
  until: '2027-11-25T10:00:00.000Z',
  snapshotSha256: 'a'.repeat(64),
  receipt: 'https://plan.example/receipt',
};

it('a consent with every kind of line end is read as it was signed, and its text is one line', () => {
  const text = signFact(SIGNER, fact);
  expect(text).not.toMatch(/[\n\u2028\u2029]/);
  expect(openFact(KEYS, text, Date.now())).toEqual({ fact });
});

it('a consent that a service signed without escaping line ends is read too', () => {
  const body = JSON.stringify(fact);
  const signature = SIGNER.sign(`patient-access.consents\n${body}`);
  expect(openFact(KEYS, `${SIGNER.kid} ${signature} ${body}`, Date.now())).toEqual({ fact });
});
