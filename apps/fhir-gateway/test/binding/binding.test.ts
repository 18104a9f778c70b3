import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { asApp, asOwner, newToken, startWorld, type World } from '../world.ts';

const HEX = /[0-9a-f]{8}-[0-9a-f-]{27}/;

describe('an owner’s answer', () => {
  let world: World;
  let token: string;
  beforeAll(async () => {
    world = await startWorld();
    token = newToken(world);
  });
  afterEach(() => {
    world.owner.handle = asOwner;
  });
  afterAll(() => world?.stop());

  it('to this request and for this member is passed on unchanged', async () => {
    const { status, text, headers } = await asApp(world, token, 'Observation/1');
    expect([status, text]).toEqual([200, '{"resourceType":"Observation","id":"of-anna"}']);
    expect(headers['x-request-id']).toMatch(HEX);
    expect(headers).not.toHaveProperty('x-response-subject');
  });

  it.each<[string, Record<string, string | string[]>]>([
    ['of another request', { 'x-request-id': '019abcde-0000-7000-8000-000000000001' }],
    ['for another member', { 'x-response-subject': 'northwind/ben' }],
    ['for another tenant', { 'x-response-subject': 'lakeside/anna' }],
    ['for no member', { 'x-response-subject': 'northwind/' }],
    ['for an empty subject', { 'x-response-subject': '' }],
    ['for two', { 'x-response-subject': ['northwind/anna', 'northwind/ben'] }],
    ['of two requests', { 'x-request-id': ['a', 'b'] }],
  ])('%s is replaced by a 503, and nothing of it is passed on (rule D09)', async (_what, wrong) => {
    world.owner.handle = (request, response) => {
      const { end } = response;
      response.end = ((body: string) => {
        for (const [name, value] of Object.entries(wrong)) response.setHeader(name, value);
        response.setHeader('x-secret', 'of-ben');
        return end.call(response, body, 'utf8');
      }) as typeof response.end;
      return asOwner(request, response);
    };
    const { status, text, headers } = await asApp(world, token, 'Observation/1');
    expect([status, headers['retry-after']]).toEqual([503, '2']);
    expect(JSON.parse(text)).toMatchObject({ issue: [{ code: 'transient' }] });
    expect(JSON.stringify(headers) + text).not.toMatch(/of-anna|of-ben/);
  });

  it('without one of the two headers is replaced by a 503', async () => {
    world.owner.handle = (_request, response) => response.end('{"id":"of-somebody"}');
    expect(await asApp(world, token, 'Observation/1')).toMatchObject({ status: 503 });
  });

  it('that is wrong closes its connection, and the next request uses another one (rule D09)', async () => {
    const ask = async () => (await asApp(world, token, 'Observation/1')).status;
    const sockets: Socket[] = [];
    world.owner.server.closeIdleConnections();
    world.owner.server.on('connection', (socket) => void sockets.push(socket));
    expect([await ask(), await ask(), sockets.length]).toEqual([200, 200, 1]);
    world.owner.handle = (_request, response) => response.end('{"id":"of-ben"}');
    expect([await ask(), await ask(), sockets.length]).toEqual([503, 503, 2]);
    world.owner.handle = asOwner;
    expect([await ask(), await ask(), sockets.length]).toEqual([200, 200, 3]);
    await waitUntil(() => sockets.slice(0, 2).every(({ destroyed }) => destroyed));
  });

  it('to a token without a member is bound to no member', async () => {
    const nobody = newToken(world, {}, undefined);
    world.tokens.set(nobody, world.issuer.claims('northwind', undefined));
    expect((await asApp(world, nobody, 'Observation/1')).status).toBe(200);
  });

  it('reaches the right client when many ask at once', async () => {
    const members = Array.from({ length: 20 }, (_, at) => `member-${at}`);
    const theirs = new Map(members.map((member) => [member, newToken(world, {}, member)]));
    world.owner.handle = (request, response) =>
      setTimeout(
        () => asOwner(request, response),
        Number(request.headers['x-request-id']?.slice(-1) ?? 0) || 0,
      );
    const asked = Array.from({ length: 400 }, async (_, at) => {
      const member = members[at % members.length] ?? '';
      const { text } = await asApp(world, theirs.get(member) ?? '', 'Observation/1');
      return text.includes(`"of-${member}"`);
    });
    expect((await Promise.all(asked)).every(Boolean)).toBe(true);
  });
});
