/** A Bundle that is a whole document says when its deletions happened before it is read. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundle, deletion, explanation, patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

describe('a deletion', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world?.end());

  const importing = async (tenant: string, content: object) =>
    world.importFiles(tenant, await world.file(`${tenant}.json`, JSON.stringify(content, null, 1)));
  const stored = async (tenant: string) =>
    importing(tenant, bundle('batch', patient('p'), explanation('e', 'p')));

  it.each([
    ['a number', { timestamp: 5 }],
    ['an object', { timestamp: { at: '2026-02-01T00:00:00Z' } }],
    ['a truth', { meta: { lastUpdated: true } }],
    ['an empty text', { timestamp: '' }],
  ])('is rejected where its Bundle, a document, names %s as its time', async (what, time) => {
    const tenant = `document-${what.replaceAll(' ', '-')}`;
    await stored(tenant);
    const wrong = { ...time, ...bundle('batch', deletion('ExplanationOfBenefit/e')) };
    const { summary, rejections } = await importing(tenant, wrong);
    expect(summary).toMatchObject({ deleted: 0, rejected: 1 });
    expect(rejections).toMatchObject([{ reason: expect.stringContaining('not an instant') }]);
  });

  it('is done where the time of its Bundle, a document, is null', async () => {
    await stored('document-null');
    const gone = { timestamp: null, ...bundle('batch', deletion('ExplanationOfBenefit/e')) };
    expect((await importing('document-null', gone)).summary.deleted).toBe(1);
  });
});
