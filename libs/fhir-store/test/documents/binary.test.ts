import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Asker, asMember, withoutRequestId, type World, versionId } from '../world.ts';
import { binary, document, startDocuments, TEXT } from './world.ts';

const FHIR = { headers: { accept: 'application/fhir+json' } };

describe('F35: the content of a document', () => {
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startDocuments();
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  it('is served as stored, with headers that make a browser save it and not show it', async () => {
    const { status, headers, text } = await anna('Binary/note');
    expect([status, text]).toEqual([200, TEXT]);
    expect(headers).toMatchObject({
      'content-type': 'text/plain',
      'content-disposition': 'attachment',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'no-store',
      etag: `W/"${await versionId(world, 'north', { type: 'Binary', id: 'note', version: 1 })}"`,
    });
  });

  it.each(['application/fhir+json', 'application/json', 'text/html, application/fhir+json;q=0.1'])(
    'is served as a FHIR resource when the client accepts %s',
    async (accept) => {
      const { headers, text } = await anna('Binary/note', { headers: { accept } });
      expect(headers['content-type']).toBe('application/fhir+json; charset=utf-8');
      expect(headers['content-disposition']).toBe('attachment');
      const { resourceType, data } = JSON.parse(text) as Record<string, string>;
      expect([resourceType, Buffer.from(data ?? '', 'base64').toString()]).toEqual(['Binary', TEXT]);
    },
  );

  it.each([
    ['note', 'text/html', 406],
    ['note', 'text/*', 200],
    ['note', 'image/png, */*;q=0.1', 200],
    ['note', 'text/plain;q=0', 406],
    ['ccd', 'text/html', 200],
    ['ccd', 'application/pdf', 406],
  ])('of %s with Accept: %s is answered with %i', async (id, accept, status) => {
    expect((await anna(`Binary/${id}`, { headers: { accept } })).status).toBe(status);
  });

  it('follows _format rather than Accept', async () => {
    for (const type of ['text/plain', 'TEXT/plain;charset=utf-8'])
      expect((await anna(`Binary/note?_format=${type}`, FHIR)).text).toBe(TEXT);
    expect((await anna('Binary/note?_format=json')).text).toContain('"resourceType":"Binary"');
    expect((await anna('Binary/note?_format=application/pdf')).status).toBe(406);
  });

  it('has a sandbox policy when it is HTML, so that nothing in it runs', async () => {
    const { headers } = await anna('Binary/ccd', { headers: { accept: 'text/html' } });
    expect(headers['content-type']).toBe('text/html');
    expect(headers['content-disposition']).toBe('attachment');
    expect(headers['content-security-policy']).toContain('sandbox');
  });

  it.each([
    ['text/plain; charset="utf-8"', 'text/plain'],
    ['text/plain ;charset=utf-8', 'text/plain'],
    ['multipart/related; type="application/xml"; boundary=x', 'multipart/related'],
  ])('has the stored type %s, and is had by %s', async (contentType, accept) => {
    await world.store('north', document('typed', 'anna'), binary('typed', 'Patient/anna', { contentType }));
    const { status, headers, text } = await anna('Binary/typed', { headers: { accept } });
    expect([status, headers['content-type'], text]).toEqual([200, contentType, TEXT]);
  });

  it('is served as application/octet-stream when its stored type may not stand in a header', async () => {
    const { headers } = await anna('Binary/absolute');
    expect(headers['content-type']).toBe('application/octet-stream');
    expect(headers).not.toHaveProperty('set-cookie');
  });

  it.each(['bens', 'unreferenced', 'southern', 'eth', 'none'])(
    'is not found when it is %s: another member’s, not referred to by a document of the member, or withheld',
    async (id) => {
      for (const path of [`Binary/${id}`, `Binary/${id}/_history/1`, `Binary/${id}/_history`]) {
        const nothing = withoutRequestId(await anna(path.replace(id, 'zzz'), FHIR));
        expect(nothing.status).toBe(404);
        expect(withoutRequestId(await anna(path, FHIR))).toEqual(nothing);
      }
    },
  );

  it('is visible exactly when the document is: by its labels, its granular scope and its scope', async () => {
    const released = await asMember(world, 'north', 'anna', {
      sensitive: ['http://terminology.hl7.org/CodeSystem/v3-ActCode|ETH'],
    });
    expect((await released('Binary/eth')).status).toBe(200);
    const notes = (type: string) =>
      asMember(world, 'north', 'anna', {
        scope: `patient/Binary.r patient/DocumentReference.rs?type=${type}`,
      });
    expect((await (await notes('18842-5'))('Binary/note')).status).toBe(200);
    expect((await (await notes('34133-9'))('Binary/note')).status).toBe(404);
    const alone = await asMember(world, 'north', 'anna', { scope: 'patient/Binary.r' });
    const { status, text } = await alone('Binary/note');
    expect([status, text.includes('patient/DocumentReference.r')]).toEqual([403, true]);
  });

  it('is not sent again to a client that has it, and each request is recorded', async () => {
    const { headers } = await anna('Binary/note');
    const known = { 'if-none-match': String(headers['etag']) };
    expect((await anna('Binary/note', { headers: known })).status).toBe(304);
    const { requestId } = await anna('Binary/note');
    const event = (await world.events()).find((each) => each.requestId === requestId);
    expect(event).toMatchObject({ action: 'read', type: 'Binary', counts: { Binary: 1 }, outcome: '0' });
  });
});
