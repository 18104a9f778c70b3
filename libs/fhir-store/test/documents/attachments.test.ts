/** `Attachment.url` is an address that an app can use as it is. */
import { resourceShape, servedTypes, withAbsoluteAttachments } from '@patient-access/fhir';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Asker, asMember, base, startWorld, type World } from '../world.ts';
import { pairOf, referencePaths } from '../withholding/graph.ts';
import { document } from './world.ts';

const BASE = base('north');

/** Every element of a type that R4 declares as an Attachment, from its structure definitions. */
const attachmentPaths = (type: string) => referencePaths(type).filter((path) => path.at(-1) === 'url');
const TYPES = servedTypes.filter((type) => resourceShape(type) && attachmentPaths(type).length > 0);

describe.each(TYPES)('an attachment of %s', (type) => {
  it.each(attachmentPaths(type))('is absolute at %s %s %s %s', (...path) => {
    const of = { id: 'x', patient: 'anna', hidden: 'Binary/b', visible: 'Binary/c', owner: 'Patient/anna' };
    const elements = path.filter((name): name is string => typeof name === 'string');
    const stored = JSON.stringify(pairOf(type, elements, of).with);
    expect(stored).toContain('"url":"Binary/b"');
    const served = withAbsoluteAttachments(Buffer.from(stored), BASE).toString();
    expect(served).toContain(`"url":"${BASE}/Binary/b"`);
    expect(served.replaceAll(`"${BASE}/Binary/`, '"Binary/')).toBe(stored);
  });
});

it('the types with attachments are those that the guides mention, and more', () => {
  expect(TYPES).toEqual(
    expect.arrayContaining([
      'Consent',
      'DiagnosticReport',
      'DocumentReference',
      'ExplanationOfBenefit',
      'Patient',
    ]),
  );
});

describe('the address of a document', () => {
  let world: World;
  let anna: Asker;
  const TEXT = 'says "url":"Binary/in-a-text" and é';
  const urlOf = (text: string) =>
    [...text.matchAll(/"attachment":\{[^}]*?"url":"([^"]*)"/g)].map(([, url]) => url);
  beforeAll(async () => {
    world = await startWorld();
    const binary = { resourceType: 'Binary', contentType: 'text/plain', data: 'eA==' };
    const with_ = (id: string, url: string, change = {}) =>
      document(id, 'anna', { content: [{ attachment: { url } }], ...change });
    await world.store(
      'north',
      with_('d', 'Binary/b', { description: TEXT }),
      with_('elsewhere', 'https://images.example/scan.png'),
      with_('third-page', 'Binary/p#page=3'),
      ...['b', 'p'].map((id) => ({ ...binary, id, securityContext: { reference: 'Patient/anna' } })),
    );
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  it.each([
    'DocumentReference/d',
    'DocumentReference/d?_elements=content',
    'DocumentReference/d/_history/1',
    'DocumentReference/d/_history',
    'DocumentReference?_id=d',
    'DocumentReference/$docref?patient=anna',
    'Patient/anna/$everything',
  ])('is absolute in %s', async (path) => {
    const { status, text } = await anna(path);
    expect([status, urlOf(text)]).toEqual([200, expect.arrayContaining([`${BASE}/Binary/b`])]);
  });

  it('is absolute in an included resource, with the bytes of a read', async () => {
    const read = (await anna('DocumentReference/d')).text;
    const { text } = await anna('$related', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ include: ['DocumentReference/d'], revinclude: [] }),
    });
    expect(text).toContain(`"resource":${read},`);
    expect(JSON.parse(read)).toMatchObject({ description: TEXT });
  });

  it('can be read with the token', async () => {
    for (const id of ['d', 'third-page']) {
      const [url = ''] = urlOf((await anna(`DocumentReference/${id}`)).text);
      expect((await anna(url.slice(BASE.length + 1).replace(/#.*/, ''))).text).toBe('x');
    }
  });

  it('is not changed when it is on another server', async () => {
    expect(urlOf((await anna('DocumentReference/elsewhere')).text)).toEqual([
      'https://images.example/scan.png',
    ]);
  });
});
