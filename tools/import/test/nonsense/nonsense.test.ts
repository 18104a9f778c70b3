/** Malformed data: it is rejected, it never crashes an import, and it never prevents good data from being stored. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bundle, importedCondition, explanation, ndjson, patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

let world: World;
let tenants = 0;
beforeAll(async () => {
  world = await createWorld();
}, 60_000);
afterAll(async () => {
  await world.end();
});

async function importing(name: string, content: string | Buffer) {
  const tenant = `nonsense-${(tenants += 1)}`;
  const file = await world.file(name, content);
  return { tenant, file, ...(await world.importFiles(tenant, file)) };
}

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const deep = (depth: number) => `{"resourceType":"Patient","id":"deep","extension":${nested(depth)}}`;
const deepObjects = (depth: number) =>
  `{"resourceType":"Patient","id":"deep","extension":[${'{"url":"x","extension":['.repeat(depth)}{"url":"x"}${']}'.repeat(depth)}]}`;

describe('endless nesting is rejected', () => {
  test.each<[string, string]>([
    ['lists on a line', `${deep(200_000)}\n`],
    ['objects on a line', `${deepObjects(50_000)}\n`],
    ['in a Bundle on a line', `{"resourceType":"Bundle","entry":[{"resource":${deep(200_000)}}]}\n`],
    [
      'objects in a Bundle on a line',
      `{"resourceType":"Bundle","entry":[{"resource":${deepObjects(50_000)}}]}\n`,
    ],
  ])('%s', async (_, line) => {
    const { summary, rejections } = await importing('deep.ndjson', line + ndjson(patient('good')));
    expect(summary).toMatchObject({ created: 1, rejected: 1 });
    expect(rejections[0]?.reason).toMatch(/nested/);
  });

  test('in a file with a Bundle', async () => {
    const { summary } = await importing(
      'deep.json',
      `{"resourceType":"Bundle","entry":[{"resource":${deep(500)}}]}`,
    );
    expect(summary).toMatchObject({ created: 0, rejected: 1 });
  });
});

test('references by urn:uuid may form a circle', async () => {
  const [a, b, c] = [1, 2, 3].map((at) =>
    `urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee12087701`.replace('01', `0${at}`),
  );
  const text = JSON.stringify(
    bundle(
      'transaction',
      {
        fullUrl: a,
        resource: { resourceType: 'Patient', link: [{ other: { reference: a }, type: 'seealso' }] },
      },
      {
        fullUrl: b,
        resource: {
          ...importedCondition('x', 'y'),
          id: undefined,
          subject: { reference: a },
          evidence: [{ detail: [{ reference: c }] }],
        },
      },
      {
        fullUrl: c,
        resource: {
          ...importedCondition('x', 'y'),
          id: undefined,
          subject: { reference: a },
          evidence: [{ detail: [{ reference: b }] }],
        },
      },
    ),
  );
  const { tenant, summary, file } = await importing('circle.json', text);
  expect(summary).toMatchObject({ created: 3, rejected: 0 });
  expect((await world.stored(tenant)).every(({ body }) => !body.includes('urn:uuid'))).toBe(true);
  expect((await world.importFiles(tenant, file)).summary).toMatchObject({ unchanged: 3, created: 0 });
});

test('two resources that get their member from each other are both rejected', async () => {
  const notice = (id: string, to: string) => ({
    resourceType: 'PaymentNotice',
    id,
    status: 'active',
    created: '2026-01-01',
    payment: { display: 'x' },
    recipient: { display: 'x' },
    amount: { value: 1 },
    request: { reference: to },
  });
  const { summary } = await importing(
    'waits.ndjson',
    ndjson(notice('a', 'PaymentNotice/b'), notice('b', 'PaymentNotice/a')),
  );
  expect(summary).toMatchObject({ created: 0, rejected: 2 });
});

test('of several resources with one id the last one counts, and the same file again changes nothing', async () => {
  const versions = Array.from({ length: 5 }, (_, at) =>
    importedCondition('same', 'p', { note: [{ text: `${at}` }] }),
  );
  const { tenant, file, summary } = await importing('same.ndjson', ndjson(...versions, patient('same')));
  expect(summary).toMatchObject({ created: 2, unchanged: 4, rejected: 0 });
  const [row] = await world.stored(tenant, 'Condition/same');
  expect(row).toMatchObject({ version: 1, body: expect.stringContaining('"text":"4"') });
  expect((await world.importFiles(tenant, file)).summary).toMatchObject({ created: 0, updated: 0 });
});

test('a resource that contains another member’s resource is rejected, at any depth and in any spelling', async () => {
  const foreign = (reference: string) => explanation('inner', 'x', { patient: { reference } });
  const { summary, rejections } = await importing(
    'contained.ndjson',
    ndjson(
      importedCondition('a', 'p', { contained: [foreign('Patient/q')] }),
      importedCondition('b', 'p', { contained: [foreign('Patient/q/_history/1')] }),
      importedCondition('c', 'p', {
        contained: [{ ...foreign('Patient/p'), contained: [foreign('Patient/q')] }],
      }),
      importedCondition('own', 'p', { contained: [foreign('Patient/p')] }),
    ),
  );
  expect(summary).toMatchObject({ created: 1, rejected: 3 });
  expect(rejections.map(({ id }) => id).sort()).toEqual(['a', 'b', 'c']);
});

describe('wrong encodings', () => {
  const text = ndjson(patient('a'), patient('b'));
  test.each<[string, Buffer, number]>([
    ['UTF-16 with its mark', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]), 0],
    ['UTF-16 without', Buffer.from(text, 'utf16le'), 0],
    ['UTF-8 with a mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)]), 2],
    ['carriage returns', Buffer.from(text.replaceAll('\n', '\r\n')), 2],
    ['gzip in gzip', gzipSync(gzipSync(text)), 0],
    ['gzip cut off', gzipSync(text).subarray(0, 30), 0],
    ['zeros', Buffer.alloc(100_000), 0],
  ])('%s', async (_, content, created) => {
    const { summary } = await importing('encoded.ndjson', content);
    expect(summary.created).toBe(created);
    expect(summary.rejected > 0).toBe(created === 0);
  });
});

test('a randomly damaged file is rejected or stored, and never crashes the import', async () => {
  const whole = [
    Buffer.from(ndjson(patient('a'), importedCondition('c', 'a'), explanation('e', 'a'))),
    Buffer.from(JSON.stringify(bundle('batch', patient('a'), importedCondition('c', 'a')), null, 1)),
    gzipSync(ndjson(patient('a'), importedCondition('c', 'a'))),
  ];
  let seed = 7;
  const random = (below: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % below;
  const paths: string[] = [];
  for (let at = 0; at < 300; at += 1) {
    const damaged = Buffer.from(whole[at % whole.length] ?? '');
    for (let times = random(6); times >= 0; times -= 1) damaged[random(damaged.length)] = random(256);
    paths.push(await world.file(`damaged-${at}${['.ndjson', '.json', '.ndjson.gz'][at % 3]}`, damaged));
  }
  const { summary, rejections } = await world.importFiles('damaged', ...paths);
  expect(summary.rejected).toBeGreaterThan(100);
  expect(rejections.every(({ origin, reason }) => origin.line > 0 && reason.length < 200)).toBe(true);
}, 120_000);
