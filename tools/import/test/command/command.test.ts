/**
 * The command as a person types it: exit codes, the reject file, the summary. With each exit code it ends once as a process of
 * its own.
 */
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tries } from '@patient-access/testing';
import { importedCondition, ndjson, patient } from '../resources.ts';
import { createWorld, type Started, type World } from '../world.ts';

const NOBODY = 65_534;
/** More than is read before the first ones are stored. */
const MANY = tries(12_000, 60_000);
const MAIN = resolve(import.meta.dirname, '../../main.ts');

let world: World;
let folder: string;
/** as a process of its own */
const start = (args: string[], within: Started = {}) => world.start('main', args, within);
const command = (args: string[]) => world.run('main', args);

beforeAll(async () => {
  world = await createWorld();
  ({ folder } = world);
});
afterAll(() => world.end());

test('an import that stores everything ends with 0, prints counts by type, and makes no reject file', async () => {
  const file = await world.file('good.ndjson', ndjson(patient('p'), importedCondition('c', 'p')));
  const { code, out, err } = await start(['--tenant', 'northwind', '--rejects', 'none.ndjson', file]).ended;
  expect([code, err]).toEqual([0, expect.stringMatching(/^is northwind the right name\?.*\n$/)]);
  expect(out.split('\n').map((line) => line.split(/ +/).join(' '))).toEqual([
    'resource created updated unchanged deleted rejected',
    'Condition 1 0 0 0 0',
    'Patient 1 0 0 0 0',
    'total 2 0 0 0 0',
    expect.stringMatching(/^checked by R4 \(nobody says/),
    '',
  ]);
  await expect(stat(join(folder, 'none.ndjson'))).rejects.toThrow('ENOENT');
});

test('a label that is in no category of the product is told by the import, the list and the report', async () => {
  const ICD = 'http://hl7.org/fhir/sid/icd-10-cm';
  const own = { system: 'https://plan.example/labels', code: 'fertility' };
  const old = { system: 'http://hl7.org/fhir/v3/Confidentiality', code: 'N' };
  const labelled = (id: string, ...security: object[]) => importedCondition(id, 'p', { meta: { security } });
  const told = (count: number, label: string) =>
    `${count} stored resources need the label ${label}: apps get them only if a category of your own (sensitive.own) has it\n`;
  const fertility = 'https://plan.example/labels|fertility';
  const normal = 'http://hl7.org/fhir/v3/Confidentiality|N';
  const file = await world.file(
    'own.ndjson',
    ndjson(
      patient('p'),
      labelled('a', own),
      labelled('b', own, { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'MH' }),
      labelled('c', old),
      importedCondition('d', 'p', { code: { coding: [{ system: ICD, code: 'F10.20' }] } }),
    ),
  );
  const { code, out } = await world.run('main', ['--tenant', 'own-labels', file]);
  expect(code).toBe(0);
  expect(out).toContain(`${told(1, normal)}${told(2, fertility)}`);
  const codes = await world.file(
    'codes.json',
    JSON.stringify([{ label: fertility, codes: { [ICD]: ['F10*'] } }]),
  );
  expect((await world.run('labels', ['--tenant', 'own-labels', codes])).out).toContain(told(3, fertility));
  const report = await world.run('report', ['--tenant', 'own-labels']);
  expect(report.out).toMatch(/3 +1 +https:\/\/plan\.example\/labels\|fertility +NONE: /);
  expect(report.out).toMatch(/1 +0 +\S+v3-ActCode\|MH +mental-health\n/);
  const again = await world.run('main', ['--tenant', 'own-labels', '--json', file]);
  expect(JSON.parse(again.out)).toMatchObject({
    unchanged: 5,
    withoutCategory: [
      { label: normal, resources: 1 },
      { label: fertility, resources: 3 },
    ],
  });
});

test('a file at an address is fetched and stored, and what opens the address is nowhere to be read', async () => {
  const body = ndjson(patient('fetched')) + '{"resourceType":"Patient"}\n';
  const server = createServer((request, response) => {
    const opens = request.url === '/bucket/day.ndjson?signature=s3cr3t';
    response
      .writeHead(opens ? 200 : 403, opens ? { 'content-length': body.length } : {})
      .end(opens ? body : '');
  }).listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}/bucket/day.ndjson`;
    const list = await world.file('addresses', `# presigned\n${at}?signature=s3cr3t\n`);
    const args = ['--tenant', 'fetching', '--rejects', 'f.ndjson', '--json'];
    const stored = await command([...args, '--addresses', list]);
    expect(stored).toMatchObject({ code: 3, err: expect.stringMatching(/\nrejected: see f\.ndjson\n$/) });
    expect(JSON.parse(stored.out)).toMatchObject({ created: 1, rejected: 1 });
    expect(JSON.parse(await readFile(join(folder, 'f.ndjson'), 'utf8'))).toMatchObject({ file: at, line: 2 });

    const refused = await command([...args, `${at}?signature=expired`]);
    expect(refused).toMatchObject({
      code: 1,
      out: '',
      err: `import: ${at}: not fetched: HTTP 403: has the address expired?\n`,
    });
    expect(await command([...args, 'http://bucket.example/day.ndjson?signature=s3cr3t'])).toMatchObject({
      code: 2,
      err: 'import: http://bucket.example/day.ndjson: only https\n',
    });
  } finally {
    server.close();
  }
});

test('an import with rejections ends with 3 and a reject file with reasons and without contents', async () => {
  const secret = importedCondition('c', 'x', { subject: { display: 'Amy Shaw' } });
  const file = await world.file('mixed.ndjson', ndjson(patient('p'), secret) + '{"family": Shaw}\n');
  const args = ['--tenant', 'lakeside', '--rejects', 'r.ndjson', '--json', file];
  const { code, out, err } = await start(args).ended;
  expect([code, err]).toEqual([3, expect.stringMatching(/\nrejected: see r\.ndjson\n$/)]);
  expect(JSON.parse(out)).toMatchObject({ created: 1, rejected: 2, types: { Patient: { created: 1 } } });
  const rejects = await readFile(join(folder, 'r.ndjson'), 'utf8');
  const lines = rejects
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { line: number });
  expect(lines.sort((a, b) => a.line - b.line)).toEqual([
    { file, line: 2, type: 'Condition', id: 'c', reason: 'no member: subject refers to no Patient' },
    { file, line: 3, reason: 'bad JSON' },
  ]);
  expect((await stat(join(folder, 'r.ndjson'))).mode & 0o777).toBe(0o600);
  const good = await world.file('mended.ndjson', ndjson(patient('p')));
  const next = await command(['--tenant', 'lakeside', '--rejects', 'r.ndjson', '--json', good]);
  expect(next).toMatchObject({ code: 0, err: 'nothing was rejected: r.ndjson is of an earlier load\n' });
  for (const none of ['/dev/null', await world.file('none.ndjson', '')])
    expect(await command(['--tenant', 'lakeside', '--rejects', none, '--json', good])).toMatchObject({
      err: '',
    });
});

test('where no file can be written, a load without --rejects lists what it found in the temporary folder', async () => {
  const [readOnly, temporary] = [
    await mkdtemp(join(tmpdir(), 'patient-access-import-read-only-')),
    await mkdtemp(join(tmpdir(), 'patient-access-import-temporary-')),
  ];
  try {
    const [first, second] = ['first', 'second'].map((text) =>
      importedCondition('c', 'p', { code: { text } }),
    );
    const lines = ndjson(patient('p'), first as object, second as object, { resourceType: 'Patient' });
    await writeFile(join(readOnly, 'r.ndjson'), lines);
    await chmod(readOnly, 0o555);
    await chmod(temporary, 0o777);
    // The superuser can write everywhere.
    const within = { cwd: readOnly, ...(process.getuid?.() === 0 && { uid: NOBODY }) };
    const args = ['--tenant', 'readonly', '--guides', 'none', '--json', 'r.ndjson'];
    const { code, out, err } = await start(args, { ...within, settings: { TMPDIR: temporary } }).ended;
    const [rejects = '', repeats = ''] = (await readdir(temporary)).sort();
    expect([code, err]).toEqual([3, expect.stringContaining(`rejected: see ${join(temporary, rejects)}\n`)]);
    expect(err).toContain(`differently: see ${join(temporary, repeats)}\n`);
    expect(JSON.parse(await readFile(join(temporary, rejects), 'utf8'))).toMatchObject({ reason: 'no id' });
    expect(JSON.parse(out)).toMatchObject({ rejected: 1, repeated: 1 });
    const [stored] = await world.stored('readonly', 'Condition/c');
    expect(JSON.parse(stored?.body ?? '')).toMatchObject({ code: { text: 'second' } });
    const named = await start([...args, '--rejects', 'x.ndjson'], within).ended;
    expect([named.code, named.err.split('\n')[0]]).toEqual([
      2,
      'import: --rejects: x.ndjson cannot be written: EACCES',
    ]);
    const nowhere = await start(args, { ...within, settings: { TMPDIR: readOnly } }).ended;
    expect([nowhere.code, nowhere.err.split('\n')[0]]).toEqual([
      2,
      expect.stringMatching(
        /^import: --rejects is missing, and neither .+ \(EACCES\) nor .+ \(EACCES\) can be written$/,
      ),
    ]);
  } finally {
    await chmod(readOnly, 0o755);
    for (const folder of [readOnly, temporary]) await rm(folder, { recursive: true });
  }
});

describe('a wrong call ends with 2 and one clear line', () => {
  test.each<[string, string[], Record<string, string> | undefined, string]>([
    ['no tenant', ['x.json'], undefined, '--tenant is missing'],
    ['a tenant that is none', ['--tenant', '../x', 'x.json'], undefined, '--tenant: lower case'],
    ['no file', ['--tenant', 'a'], undefined, 'no file or folder to import'],
    ['an unknown option', ['--tennant', 'a'], undefined, "Unknown option '--tennant'"],
    [
      'a reject file among the data',
      ['--tenant', 'a', '--rejects', 'r.ndjson', '.'],
      undefined,
      '--rejects: r.ndjson would be read with . as data: end its name with .rejects.ndjson',
    ],
    [
      'a reject file that is a folder',
      ['--tenant', 'a', '--rejects', '/tmp', MAIN],
      undefined,
      '--rejects: /tmp cannot be written: it is a folder',
    ],
    [
      'a reject file in no folder',
      ['--tenant', 'a', '--rejects', 'gone/r.ndjson', MAIN],
      undefined,
      '--rejects: gone/r.ndjson cannot be written: there is no folder gone',
    ],
    [
      'a reject file that is named as a folder',
      ['--tenant', 'a', '--rejects', 'gone/', MAIN],
      undefined,
      '--rejects: gone/ cannot be written: it is a folder',
    ],
    [
      'a reject file in a file',
      ['--tenant', 'a', '--rejects', '/dev/null/r.ndjson', MAIN],
      undefined,
      '--rejects: /dev/null/r.ndjson cannot be written: there is no folder /dev/null',
    ],
    ['two plans', ['--tenant', 'a', '--tenant', 'b', MAIN], undefined, '--tenant is there several times'],
    ['a missing file', ['--tenant', 'a', 'gone.json'], undefined, 'gone.json: no such file or folder'],
    [
      'half a configuration',
      ['--tenant', 'a', MAIN],
      { CLAIMS_INGEST_URL: 'postgres://x/y' },
      'COVERAGE_INGEST_URL',
    ],
    ['a wrong one', ['--tenant', 'a', MAIN], { CLAIMS_INGEST_URL: 'nonsense' }, 'CLAIMS_INGEST_URL'],
  ])('%s', async (_, args, settings, message) => {
    const { code, out, err } = await (settings
      ? start(args, { environment: settings }).ended
      : command(args));
    expect([code, out]).toEqual([2, '']);
    expect(err.split('\n')[0]).toContain(message);
    expect(err).not.toContain('    at ');
  });
});

test('an import without its database ends with 1 and one line without the password', async () => {
  const file = await world.file('p.ndjson', ndjson(patient('p')));
  const nowhere = 'postgres://someone:hidden@127.0.0.1:1/none';
  const settings = Object.fromEntries(Object.keys(world.environment).map((name) => [name, nowhere]));
  const { code, err } = await start(['--tenant', 'a', file], { settings }).ended;
  expect(code).toBe(1);
  expect(err.trim().split('\n')).toHaveLength(1);
  expect(err).not.toContain('hidden');
});

test('an interrupted import stores what it has read, and the same command again completes it', async () => {
  const many = Array.from({ length: MANY }, (_, at) => importedCondition(`c${at}`, 'p'));
  const file = await world.file('many.ndjson', ndjson(...many));
  const args = ['--tenant', 'interrupted', '--json', file];
  const { child, ended } = start(args);
  while ((await world.stored('interrupted')).length === 0) await setTimeout(50);
  child.kill('SIGINT');
  const { code, out } = await ended;
  const { created } = JSON.parse(out) as { created: number };
  expect(code).toBe(130);
  expect(created).toBeLessThan(MANY);
  expect(await world.stored('interrupted')).toHaveLength(created);
  const again = await command(args);
  expect(again.code).toBe(0);
  expect(JSON.parse(again.out)).toMatchObject({ created: MANY - created, unchanged: created });
}, 120_000);
