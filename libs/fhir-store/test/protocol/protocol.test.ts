import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EMPTY_BODY_HASH, transferOf } from '@patient-access/events';
import { observation } from '@patient-access/testing';
import { type Asker, asMember, bundleOf, idsOf, startWorld, type World } from '../world.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('the protocol', () => {
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startWorld();
    await world.store('north', ...Array.from({ length: 30 }, (_, at) => observation(`o-${at}`, 'anna')));
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  it.each(['PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])(
    'F25: refuses the method %s of a resource with 405, and records it',
    async (method) => {
      const { status, headers, text, requestId } = await anna('Observation/o-1', {
        method,
        headers: { 'x-canary': 'canary' },
      });
      expect([status, headers['allow']]).toEqual([405, 'GET, HEAD']);
      expect(JSON.parse(text)).toMatchObject({ resourceType: 'OperationOutcome' });
      expect(text).not.toContain('canary');
      const event = (await world.events()).find((each) => each.requestId === requestId);
      expect(event).toMatchObject({ outcome: '4', reason: 'method-unsupported' });
      expect(event?.request).toMatch(new RegExp(`^${method} `));
    },
  );

  it.each(['PROPFIND', 'LOCK', 'CONNECT-LIKE'])('refuses the unknown method %s', async (method) => {
    const answer = await anna('Observation/o-1', { method }).catch(() => ({ status: 400 }));
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
  });

  it('ignores headers that would override the method (case F25)', async () => {
    const headers = { 'x-http-method-override': 'DELETE', 'x-http-method': 'DELETE' };
    expect((await anna('Observation/o-1', { headers })).status).toBe(200);
    expect(
      (
        await anna('Observation/o-1', {
          method: 'POST',
          headers: { ...FORM, 'x-http-method-override': 'GET' },
        })
      ).status,
    ).toBe(405);
  });

  it('answers HEAD as GET without the body, and records it', async () => {
    const [head, get] = [await anna('Observation/o-1', { method: 'HEAD' }), await anna('Observation/o-1')];
    expect([head.status, head.text]).toEqual([200, '']);
    for (const name of ['etag', 'content-type', 'content-length', 'last-modified'])
      expect(head.headers[name]).toBe(get.headers[name]);
    const event = (await world.events()).find(({ requestId }) => requestId === head.requestId);
    expect(event).toMatchObject({ action: 'read', outcome: '0', resource: { reference: 'Observation/o-1' } });
    // No body was sent, so the event has its hash, and the yearly report counts no transfer.
    expect([event?.bodyHash, event && transferOf(event)]).toEqual([EMPTY_BODY_HASH, undefined]);
    expect((await anna('Observation/zzz', { method: 'HEAD' })).status).toBe(404);
  });

  it('searches by POST as by GET', async () => {
    const post = (path: string, body: string, headers: Record<string, string> = FORM) =>
      anna(path, { method: 'POST', body, headers });
    expect(idsOf(await post('Observation/_search', '_id=o-1'))).toEqual(['o-1']);
    expect(idsOf(await post('Observation/_search?_id=o-1,o-2', '_id=o-2,o-3'))).toEqual(['o-2']);
    expect(
      idsOf(
        await post('Observation/_search', '_id=o-1', {
          'content-type': `${FORM['content-type']}; charset=UTF-8`,
        }),
      ),
    ).toEqual(['o-1']);
    expect(bundleOf(await post('Observation/_search', '')).entry).toHaveLength(30);
    expect((await anna('Observation/_search')).status).toBe(405);
  });

  it.each([
    'application/json',
    'application/fhir+json',
    'multipart/form-data; boundary=x',
    'text/plain',
    'application/x-www-form-urlencoded2',
  ])('refuses a search body of type %s', async (type) => {
    const { status } = await anna('Observation/_search', {
      method: 'POST',
      body: 'x=1',
      headers: { 'content-type': type },
    });
    expect(status).toBe(415);
  });

  it('refuses a body that is too large or not UTF-8', async () => {
    const post = (body: string | Buffer) =>
      anna('Observation/_search', { method: 'POST', headers: FORM, body });
    expect((await post(`_id=${'x'.repeat(65_536)}`)).status).toBe(413);
    expect((await post('_id=%ff')).status).toBe(400);
    expect((await post('_id=%')).status).toBe(400);
  });

  it.each([
    ['', 200],
    ['*/*', 200],
    ['application/fhir+json', 200],
    ['application/json;q=0.9, text/html', 200],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 200],
    ['application/fhir+xml', 406],
    ['text/html', 406],
    ['application/fhir+jsonx', 406],
    ['application/fhir+json;q=0.001', 200],
    ['*/*;q=0', 406],
    ['*/*; q=0.000', 406],
    ['application/fhir+json;q=0, */*', 406],
    ['text/html, application/*;q=0, */*;q=0.1', 406],
    ['application/json, */*;q=0', 200],
  ])('answers Accept: %s with %i', async (accept, status) => {
    const { status: got, headers } = await anna('Observation/o-1', { headers: accept ? { accept } : {} });
    expect(got).toBe(status);
    expect(headers['content-type']).toBe('application/fhir+json; charset=utf-8');
  });

  it.each([
    ['json', 200],
    ['application/json', 200],
    ['application/fhir+json', 200],
    ['application%2Ffhir%2Bjson', 200],
    ['json%20', 200],
    ['application/fhir+json%20;charset=utf-8', 200],
    ['application/fhir%2Bjson;%20fhirVersion=4.0', 200],
    ['application/fhir+json;%20fhirVersion=3.0', 406],
    ['application/fhir%2Bjson;%20fhirVersion=3.0', 406],
    ['xml', 406],
    ['', 406],
    ['html', 406],
  ])('answers _format=%s with %i, whatever Accept says', async (format, status) => {
    for (const path of ['Observation/o-1', 'Observation']) {
      const answer = await anna(`${path}?_format=${format}`, { headers: { accept: 'text/html' } });
      expect(answer.status).toBe(status);
    }
  });

  it('compresses large answers without changing their content', async () => {
    const page = (encoding?: string) =>
      anna('Observation', { headers: encoding ? { 'accept-encoding': encoding } : {} });
    const zipped = await page('gzip, deflate, br');
    expect(zipped.headers['content-encoding']).toBe('gzip');
    const bundle = (text: string) => ({ ...JSON.parse(text), id: 'any' });
    expect(bundle(gunzipSync(zipped.bytes).toString())).toEqual(bundle((await page()).text));
    const one = (encoding: string) => anna('Observation/o-1', { headers: { 'accept-encoding': encoding } });
    expect((await one('gzip')).headers['content-encoding']).toBeUndefined();
    for (const without of ['identity', 'br', 'gzip;q=0', 'gzip; q=0.0, br', 'xgzipx'])
      expect([without, (await page(without)).headers['content-encoding']]).toEqual([without, undefined]);
    for (const weighted of ['gzip;q=0.5', 'GZIP', 'br;q=1, gzip;q=0.1'])
      expect([weighted, (await page(weighted)).headers['content-encoding']]).toEqual([weighted, 'gzip']);
  });

  it('returns the id of the request in each answer', async () => {
    const { requestId, headers, text } = await anna('Observation/zzz');
    expect(headers['x-request-id']).toBe(requestId);
    expect(text).toContain(requestId);
    const forged = await anna('Observation/zzz', { headers: { 'x-request-id': '<script>' } });
    expect(forged.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    'Observation/..',
    'Observation/..%2fCondition',
    'Observation/%2e%2e',
    'Observation//o-1',
    '%4fbservation/o-1',
    'Observation/o-1;x=1',
    'Observation/o-1/',
    'observation/o-1',
    'Observation/%zz',
    'Observation/%',
    `Observation/${'a'.repeat(300)}`,
    '$export',
  ])('serves nothing at %s (case F41)', async (path) => {
    const { status, text } = await anna(path);
    expect([400, 404]).toContain(status);
    expect(JSON.parse(text)).toMatchObject({ resourceType: 'OperationOutcome' });
  });
});
