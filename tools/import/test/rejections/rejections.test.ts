/** A resource that cannot be read is rejected with its place, and the rest is stored. */
import { randomBytes, randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MAX_RESOURCE_BYTES } from '../../read/json.ts';
import { bundle, importedCondition, ndjson, patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

let world: World;
let tenants = 0;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(async () => {
  await world.end();
});

async function importing(name: string, content: string | Buffer) {
  const file = await world.file(name, content);
  const { summary, rejections } = await world.importFiles(`tenant-${(tenants += 1)}`, file);
  const places = rejections.map(({ origin, reason }) => [origin.line, origin.entry, reason]);
  return { created: summary.created, skipped: summary.skipped, places };
}

const good = (id: string) => JSON.stringify(patient(id));

test('bad JSON in the middle of NDJSON is rejected with its line', async () => {
  const { created, places } = await importing(
    'bad.ndjson',
    `${good('a')}\n{"resourceType": Patient}\n{"cut":\n${good('b')}\n`,
  );
  expect(created).toBe(2);
  expect(places).toEqual([
    [2, undefined, 'bad JSON'],
    [3, undefined, expect.stringContaining('bad JSON')],
  ]);
});

test('bad JSON on the first line of NDJSON is rejected with its line', async () => {
  const { created, places } = await importing('first.ndjson', `{"cut": [\n${good('a')}\n${good('b')}\n`);
  expect(created).toBe(2);
  expect(places).toEqual([[1, undefined, expect.stringContaining('bad JSON')]]);
});

test.each([
  ['in the resource', '{"resourceType":"Patient","id":"a","gender":"male","gender":"female"}', 1, 52],
  ['in an element', '{"resourceType":"Patient","id":"a","name":[{"text":"x","text":"x"}]}', 1, 56],
  ['with an escape', '{"resourceType":"Patient","id":"a","gender":"male","gend\\u0065r":"male"}', 1, 52],
  [
    'that is an own one of no object',
    '{"resourceType":"Patient","id":"a","__proto__":1,"__proto__":2}',
    1,
    50,
  ],
  ['on another line', '{"resourceType":"Patient",\n "id":"a",\n  "id":"b"}', 3, 3],
])('a name that an object has twice is rejected with its place: %s', async (_, text, line, column) => {
  const { created, places } = await importing('twice.json', text);
  expect(created).toBe(0);
  expect(places).toEqual([
    [line, undefined, `bad JSON at column ${column}: its object has this name already`],
  ]);
});

test('a name that an object has twice is rejected alone, in lines and in a Bundle', async () => {
  const twice = '{"resourceType":"Patient","id":"b","gender":"male","gender":"female"}';
  const lines = await importing('twice.ndjson', `${good('a')}\n${twice}\n${good('c')}\n`);
  expect([lines.created, lines.places]).toEqual([
    2,
    [[2, undefined, expect.stringContaining('at column 52')]],
  ]);
  const text = JSON.stringify(bundle('batch', patient('a'), patient('b'), patient('c')));
  const entry = await importing('twice.json', text.replace(JSON.stringify(patient('b')), twice));
  expect([entry.created, entry.places]).toEqual([2, [[1, 1, expect.stringContaining('already')]]]);
});

test('names and colons in texts, decimals, and what is nested deeply are no repeated names', async () => {
  const texts = ['"a":"a"', '\\":', '{"a":1,"a":2}', '\\', 'ä:"'].map((text) => ({ text, family: text }));
  const quantity =
    '"extension":[{"url":"https://a.example","valueDecimal":1.50},{"url":"https://a.example","valueDecimal":1.50}]';
  const resource = JSON.stringify(patient('a', { name: texts })).replace('{', `{${quantity},`);
  expect(await importing('none.json', resource)).toMatchObject({ created: 1, places: [] });
});

test('a reason never quotes the content of the file', async () => {
  const { places } = await importing('secret.json', '{"resourceType": "Patient", "id": Amy Shaw}');
  expect(places).toEqual([[1, undefined, 'bad JSON']]);
});

test('a bad entry of a Bundle, and the cut end of a Bundle, are rejected', async () => {
  const text = JSON.stringify(bundle('batch', patient('a'), patient('b'), patient('c')), null, 1);
  const bad = await importing('entry.json', text.replace('"id": "b"', '"id": b'));
  expect(bad.created).toBe(2);
  expect(bad.places).toEqual([[11, 1, expect.stringContaining('bad JSON')]]);
  const cut = await importing('cut.json', text.slice(0, text.indexOf('"id": "c"')));
  expect(cut.created).toBe(2);
  expect(cut.places).toEqual([
    [
      expect.any(Number),
      undefined,
      'bad JSON: the document ends in the middle; the rest of the file was not read',
    ],
  ]);
});

test.each([
  ['unknown type', { resourceType: 'Wombat', id: 'a' }, 'unknown resource type'],
  ['inherited name', { resourceType: 'constructor', id: 'a' }, 'unknown resource type'],
  ['unknown type without an id', { resourceType: 'Parameters', parameter: [] }, 'unknown resource type'],
  ['no type', { id: 'a' }, 'not a FHIR resource: no resourceType'],
  ['no id', { resourceType: 'Patient' }, 'no id'],
  ['id that is no string', { resourceType: 'Patient', id: 5 }, 'id is not a string'],
  ['id that would change a URL', { resourceType: 'Patient', id: '..' }, 'no id, or not a legal one'],
  ['meta that is none', { ...patient('a'), meta: 'x' }, 'meta is not an object'],
  [
    'contained null',
    { ...importedCondition('a', 'p'), contained: [null] },
    'contained is not a list of resources',
  ],
  [
    'contained object',
    { ...importedCondition('a', 'p'), contained: {} },
    'contained is not a list of resources',
  ],
  ['NUL', { ...patient('a'), name: [{ family: 'a\0b' }] }, 'a NUL character'],
  [
    'half of a character',
    { ...patient('a'), name: [{ family: 'a\ud83d' }] },
    'half of a character (a surrogate without its pair)',
  ],
  [
    'half of a character in a name',
    { ...patient('a'), name: [{ 'a\ud83d': 'b' }] },
    'half of a character (a surrogate without its pair)',
  ],
  ['not an object', ['x'], 'not a JSON object'],
])('%s', async (_, value, reason) => {
  const { created, places } = await importing('one.ndjson', ndjson(value, patient('good')));
  expect(created).toBe(1);
  expect(places).toEqual([[1, undefined, reason]]);
});

test('a resource that is nested too deeply is rejected', async () => {
  const deep = `{"resourceType":"Patient","id":"a","extension":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
  const { created, places } = await importing('deep.ndjson', `${deep}\n${good('b')}\n`);
  expect(created).toBe(1);
  expect(places).toEqual([[1, undefined, 'nested deeper than 100']]);
});

test('a resource whose member nothing names is rejected, and what comes after it is stored', async () => {
  const binary = { resourceType: 'Binary', id: 'b', contentType: 'text/plain', data: 'YQ==' };
  const recorded = { recorded: '2024-05-06T07:08:09Z', agent: [{ who: { display: 'the plan' } }] };
  const elsewhere = { reference: 'https://elsewhere.example/fhir/Patient/a' };
  const { created, places } = await importing(
    'nobody.ndjson',
    ndjson(
      binary,
      { resourceType: 'Provenance', id: 'p', target: [elsewhere], ...recorded },
      { resourceType: 'Provenance', id: 'q', target: [{ reference: 'Patient/a' }], ...recorded },
      patient('a'),
    ),
  );
  expect(created).toBe(2);
  expect(places).toEqual([
    [1, undefined, 'no member: securityContext refers to no resource here'],
    [2, undefined, 'no member: target refers to no resource here'],
  ]);
});

test('a resource that is not valid R4 is rejected with the place, the reason, and further errors', async () => {
  const broken = {
    ...importedCondition('a', 'p'),
    code: 'x',
    onset: '2020',
    note: [{ text: 'Amy Shaw' }, {}],
  };
  const file = await world.file('broken.ndjson', `${good('b')}\n${JSON.stringify(broken)}\n`);
  const { summary, rejections } = await world.importFiles('broken', file);
  expect(summary).toMatchObject({ created: 1, rejected: 1 });
  expect(rejections).toEqual([
    {
      origin: { file, line: 2 },
      type: 'Condition',
      id: 'a',
      location: 'Condition.code',
      reason: 'not an object',
      more: [
        { location: 'Condition.onset', reason: 'unknown element' },
        { location: 'Condition.note[1]', reason: 'empty' },
      ],
    },
  ]);
});

test('entries without a resource to store are skipped', async () => {
  const text = JSON.stringify(
    bundle(
      'transaction',
      { request: { method: 'DELETE', url: 'Patient?identifier=a' } },
      { request: { method: 'GET', url: 'Patient/a' } },
      { request: { method: 'PATCH', url: 'Patient/a' }, resource: patient('a') },
      { response: { status: '201' } },
      {},
      bundle('batch', patient('inner')),
      patient('good'),
    ),
  );
  const { created, skipped, places } = await importing('entries.json', text);
  expect([created, skipped]).toEqual([1, 1]);
  expect(places).toEqual([
    [1, 0, 'a deletion that does not name one resource'],
    [1, 1, 'a request without a resource'],
    [1, 2, 'a request that is neither PUT nor POST'],
    [1, 4, 'an entry without a resource'],
    [1, 5, 'a Bundle inside a Bundle'],
  ]);
});

test('a history Bundle is rejected', async () => {
  const { created, places } = await importing(
    'history.json',
    JSON.stringify(bundle('history', patient('a'))),
  );
  expect([created, places.length]).toEqual([0, 1]);
});

test('bytes that are not UTF-8 are rejected', async () => {
  const latin = Buffer.concat([
    Buffer.from(good('a')),
    Buffer.from('\n{"resourceType":"Patient","id":"x","name":[{"family":"M'),
    Buffer.from([0xfc]),
    Buffer.from(`ller"}]}\n${good('b')}\n`),
  ]);
  const { created, places } = await importing('latin.ndjson', latin);
  expect(created).toBe(2);
  expect(places).toEqual([[2, undefined, 'not UTF-8']]);
});

test('an empty JSON file is rejected, and an empty NDJSON file holds no resources', async () => {
  expect(await importing('empty.ndjson', '')).toEqual({ created: 0, skipped: 0, places: [] });
  expect((await importing('empty.json', ' \n')).places).toEqual([[1, undefined, 'empty']]);
});

test('an empty file that is named as a gzip file is a damaged one', async () => {
  const { places } = await importing('empty.ndjson.gz', '');
  expect(places).toEqual([[1, undefined, 'damaged gzip; the rest of the file was not read']]);
  expect((await importing('nothing.ndjson.gz', gzipSync(''))).places).toEqual([]);
});

test('a damaged gzip file is rejected', async () => {
  const zipped = gzipSync(ndjson(patient('a')));
  const { places } = await importing('damaged.ndjson.gz', zipped.subarray(0, zipped.length - 12));
  expect(places).toEqual([[1, undefined, 'damaged gzip; the rest of the file was not read']]);
});

test('a gzip file that was cut is rejected where it ends, and the lines before it are stored', async () => {
  const noted = () =>
    importedCondition(randomUUID(), 'p', { note: [{ text: randomBytes(500).toString('base64') }] });
  const zipped = gzipSync(ndjson(...Array.from({ length: 1_500 }, noted)));
  const { created, places } = await importing('cut.ndjson.gz', zipped.subarray(0, zipped.length / 2));
  expect(created).toBeGreaterThan(100);
  expect(places).toEqual([[created + 1, undefined, 'damaged gzip; the rest of the file was not read']]);
});

test('a Bundle whose gzip was cut is rejected where it ends, and the entries before that are stored', async () => {
  const noted = () =>
    importedCondition(randomUUID(), 'p', { note: [{ text: randomBytes(500).toString('base64') }] });
  const entries = Array.from({ length: 1_500 }, () => JSON.stringify({ resource: noted() }));
  const zipped = gzipSync(`{"resourceType":"Bundle","type":"batch","entry":[\n${entries.join(',\n')}]}`);
  const { created, places } = await importing('cut.json.gz', zipped.subarray(0, zipped.length / 2));
  expect(created).toBeGreaterThan(100);
  expect(places).toEqual([[created + 2, undefined, 'damaged gzip; the rest of the file was not read']]);
});

test('a line that is too long is rejected', async () => {
  const long = JSON.stringify({ ...patient('a'), text: 'x'.repeat(MAX_RESOURCE_BYTES) });
  const { created, places } = await importing('long.ndjson', `${long}\n${good('b')}\n`);
  expect(created).toBe(1);
  expect(places).toEqual([[1, undefined, `more than ${MAX_RESOURCE_BYTES} bytes`]]);
});

test.each(['javascript:alert(1)', ' java\tscript:alert(1)', 'file:///etc/passwd', 'VBScript:x'])(
  'an attachment at %j',
  async (url) => {
    const document = {
      resourceType: 'DocumentReference',
      id: 'd',
      status: 'current',
      subject: { reference: 'Patient/a' },
      content: [{ attachment: { url } }],
    };
    const { created, places } = await importing(
      'address.ndjson',
      `${good('a')}\n${JSON.stringify(document)}`,
    );
    expect(created).toBe(1);
    expect(places).toEqual([[2, undefined, 'url: an address that no app should open']]);
  },
);
