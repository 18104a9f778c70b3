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

  it('sends no body for a version that the client has', async () => {
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
  ])('answers If-None-Match: %s with %i', async (etag, status) => {
    const { headers } = await anna('Observation/o-1');
    const current = /"(.*)"/.exec(String(headers['etag']))?.[1] ?? '';
    expect(await statusWith({ 'if-none-match': etag.replace('{}', current) })).toBe(status);
  });

  it('uses the date of the last change when the client sends no ETag', async () => {
    const { headers } = await anna('Observation/o-1');
    const changed = String(headers['last-modified']);
    expect(await statusWith({ 'if-modified-since': changed })).toBe(304);
    expect(await statusWith({ 'if-modified-since': new Date(0).toUTCString() })).toBe(200);
    expect(await statusWith({ 'if-modified-since': 'nonsense' })).toBe(200);
    expect(await statusWith({ 'if-modified-since': changed, 'if-none-match': 'W/"9"' })).toBe(200);
  });

  it('F47: says nothing about another member’s resource', async () => {
    expect(await statusWith({ 'if-none-match': '*' }, 'Observation/ben-1')).toBe(404);
  });

  it('does not apply to a search, which has no ETag', async () => {
    expect(await statusWith({ 'if-none-match': '*' }, 'Observation')).toBe(200);
  });
});
