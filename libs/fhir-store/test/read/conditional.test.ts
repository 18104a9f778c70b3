import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { observation } from '@patient-access/testing';
import { type Asker, asMember, startWorld, type World } from '../world.ts';

describe('a conditional read', () => {
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startWorld();
    await world.store('north', observation('o-1', 'anna'), observation('ben-1', 'ben'));
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  const statusWith = async (headers: Record<string, string>, path = 'Observation/o-1') =>
    (await anna(path, { headers })).status;

  it('sends nothing that the client has', async () => {
    const { headers } = await anna('Observation/o-1');
    const answer = await anna('Observation/o-1', { headers: { 'if-none-match': String(headers['etag']) } });
    expect([answer.status, answer.text, answer.headers['etag']]).toEqual([304, '', headers['etag']]);
    expect((await world.events()).at(-1)).toMatchObject({ action: 'read', outcome: '0' });
  });

  it.each([
    ['W/"{}"', 304],
    ['"{}"', 304],
    ['W/"7", W/"{}"', 304],
    ['*', 304],
    ['W/"2"', 200],
    ['{}', 200],
    ['', 200],
  ])('If-None-Match: %s is %i', async (etag, status) => {
    const { headers } = await anna('Observation/o-1');
    const current = /"(.*)"/.exec(String(headers['etag']))?.[1] ?? '';
    expect(await statusWith({ 'if-none-match': etag.replace('{}', current) })).toBe(status);
  });

  it('goes by the last change where there is no tag', async () => {
    const { headers } = await anna('Observation/o-1');
    const changed = String(headers['last-modified']);
    expect(await statusWith({ 'if-modified-since': changed })).toBe(304);
    expect(await statusWith({ 'if-modified-since': new Date(0).toUTCString() })).toBe(200);
    expect(await statusWith({ 'if-modified-since': 'nonsense' })).toBe(200);
    expect(await statusWith({ 'if-modified-since': changed, 'if-none-match': 'W/"9"' })).toBe(200);
  });

  it('F47: tells nothing of another member’s resource', async () => {
    expect(await statusWith({ 'if-none-match': '*' }, 'Observation/ben-1')).toBe(404);
  });

  it('is none on a search, which has no tag', async () => {
    expect(await statusWith({ 'if-none-match': '*' }, 'Observation')).toBe(200);
  });
});
