import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  type AccessEvent,
  batchText,
  eventKeys,
  eventSigner,
  laneOf,
  openBatch,
  parseBatch,
  publicEventKey,
  recordOf,
  signBatches,
} from '../../src/index.ts';

const { privateKey: PEM } = generateKeyPairSync('ed25519', {
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const SERVICE = 'claims-service';
const PRODUCER = `${SERVICE}/0a1b2c3d-0000-4000-8000-000000000001`;
const KEYS = eventKeys(JSON.stringify({ keys: [publicEventKey(SERVICE, PEM)] }));
const SIGNATURE_CHARACTERS = 86;

/** @param count of members, each with an event of hers */
const unsigned = (count: number) =>
  Array.from({ length: count }, (_, at) => {
    const event: AccessEvent = {
      requestId: '0192f0c1-2222-7000-8000-000000000000',
      service: SERVICE,
      tenant: 'northwind',
      recorded: '2026-11-25T10:00:00.000Z',
      kind: 'rest',
      action: 'read',
      outcome: '0',
      member: `member-${at}`,
    };
    const records = [{ sequence: at + 1, text: recordOf(event) }];
    return { producer: PRODUCER, tenant: 'northwind', lane: laneOf(event), records };
  });

/** A signer that counts. */
function counting() {
  const signer = eventSigner(SERVICE, PEM);
  let count = 0;
  const sign = (statement: string) => {
    count += 1;
    return signer.sign(statement);
  };
  return { signer: { ...signer, sign }, signed: () => count };
}

const isBelieved = (batch: Parameters<typeof openBatch>[1]) =>
  'records' in openBatch(KEYS, batch, Date.now());

describe('the batches of a delivery', () => {
  it.each([1, 2, 3, 5, 16, 17, 32])('%i have one signature, by which each is known by itself', (count) => {
    const { signer, signed } = counting();
    const batches = signBatches(signer, unsigned(count));
    expect(signed()).toBe(1);
    expect(new Set(batches.map(({ signature }) => signature.slice(0, SIGNATURE_CHARACTERS))).size).toBe(1);
    for (const batch of batches) {
      expect(isBelieved(batch)).toBe(true);
      expect(parseBatch(batchText(batch))).toEqual(batch);
    }
  });

  it('are none at all, and nothing is believed of them', () => {
    expect(signBatches(counting().signer, [])).toEqual([]);
  });

  const batches = signBatches(counting().signer, unsigned(5));
  const [one, other] = batches as [(typeof batches)[0], (typeof batches)[0]];
  const [own, ...way] = one.signature.split('.') as [string, ...string[]];
  const withSignature = (...parts: string[]) => ({ ...one, signature: parts.join('.') });

  it.each([
    ['the place of another', { ...one, signature: other.signature }],
    ['the records of another', { ...one, records: other.records }],
    ['no way to the root', withSignature(own)],
    ['half of the way', withSignature(own, ...way.slice(1))],
    ['more than the way', withSignature(own, ...way, way[0] ?? '')],
    ['the way the other way round', withSignature(own, ...way.map((step) => step.replace(/^r/, 'l')))],
    ['a step to no side', withSignature(own, ...way.map((step) => step.replace(/^r/, 'x')))],
    ['no end', withSignature(own, ...Array.from({ length: 1_000 }, () => way[0] ?? ''))],
  ])('are not believed with %s, though the signature itself is known to be good', (_what, changed) => {
    expect(isBelieved(one)).toBe(true);
    expect(isBelieved(changed)).toBe(false);
  });

  it('are not believed after the end of the key, though the signature is remembered', () => {
    expect(isBelieved(one)).toBe(true);
    const ended = { ...publicEventKey(SERVICE, PEM), exp: Math.floor(Date.now() / 1000) };
    expect(openBatch(eventKeys(JSON.stringify({ keys: [ended] })), one, Date.now())).toMatchObject({
      rejected: 'the signature does not verify',
    });
    const others = { ...publicEventKey('auth-service', PEM) };
    expect('records' in openBatch(eventKeys(JSON.stringify({ keys: [others] })), one, Date.now())).toBe(
      false,
    );
  });
});
