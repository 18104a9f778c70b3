/** What the gateway asks for a page with `_revinclude=AuditEvent:entity`: the events about the resources of the page. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TokenClaims } from '@patient-access/smart';
import { ask } from '@patient-access/testing';
import { accessEvent, asLines, idOf, startWorld, type World } from '../world.ts';

const READ = accessEvent();
const OTHER = accessEvent({ resource: { reference: 'ExplanationOfBenefit/8', version: '1' } });
const WITHHELD = accessEvent({ released: ['urn:x|secret'] });
const OF_BEN = accessEvent({ member: 'ben' });

describe('the events about the resources of a page', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.deliver(asLines(READ, OTHER, WITHHELD, OF_BEN));
  });
  afterAll(() => world?.stop());

  async function referring(parameter: string, of: string[], change: Partial<TokenClaims> = {}) {
    const claims = world.issuer.claims('northwind', 'anna', { scope: 'patient/AuditEvent.rs', ...change });
    const { status, text } = await ask(world.url, '/northwind/$related', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await world.issuer.sign(claims)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ include: [], revinclude: [{ type: 'AuditEvent', parameter, of }] }),
    });
    expect(status).toBe(200);
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { resource: { id: string } }).resource.id)
      .sort();
  }

  it('are found by what they are about', async () => {
    expect(await referring('entity', ['ExplanationOfBenefit/7'])).toEqual([idOf(READ)]);
    expect(await referring('entity', ['ExplanationOfBenefit/7', 'ExplanationOfBenefit/8'])).toEqual(
      [idOf(READ), idOf(OTHER)].sort(),
    );
    expect(await referring('entity', ['ExplanationOfBenefit/9', 'Patient/ben'])).toEqual([]);
  });

  it('are as few as the token opens', async () => {
    const sensitive = ['urn:x|secret'];
    expect(await referring('entity', ['ExplanationOfBenefit/7'], { sensitive })).toEqual(
      [idOf(READ), idOf(WITHHELD)].sort(),
    );
    for (const scope of ['patient/*.rs', 'patient/AuditEvent.r', 'patient/AuditEvent.rs?outcome=4'])
      expect(await referring('entity', ['ExplanationOfBenefit/7'], { scope })).toEqual([]);
  });
});
