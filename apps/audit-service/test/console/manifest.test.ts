/** A manifest as a court has it: beside its files, with the public key, and perhaps damaged. */
import { spawnSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runAudit } from '../../src/command/command.ts';
import { asAuditor } from '../auditor-search/auditors.ts';
import { runHere } from '../run-here.ts';
import { asLines, SIGNING_KEY, startWorld, type World } from '../world.ts';
import { PERIOD, storyOf } from './trail.ts';

const FILES = ['events.csv', 'events.ndjson', 'manifest.json'];
const PAGE = join(import.meta.dirname, '../../../../docs/audit-console.md');
const publicKey = createPublicKey(SIGNING_KEY).export({ type: 'spki', format: 'pem' });

describe('a manifest of the console', () => {
  let world: World;
  const files = new Map<string, Buffer>();
  const directory = mkdtempSync(join(tmpdir(), 'console-manifest-'));
  const write = (name: string, content: string | Uint8Array) => writeFileSync(join(directory, name), content);
  beforeAll(async () => {
    world = await startWorld();
    await world.deliver(asLines(...storyOf()));
    const take = await asAuditor(world, 'northwind', '/internal/console');
    const { text } = await take(`member?patient=anna&${PERIOD}`);
    const [, query = ''] = /manifest\.json\?([^"]*)"/.exec(text) ?? [];
    for (const name of FILES)
      files.set(name, (await take(`${name}?${query.replaceAll('&amp;', '&')}`)).bytes);
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true });
    await world?.stop();
  });

  const writeAll = () => {
    for (const [name, bytes] of files) write(`northwind-${name}`, bytes);
    write('public.pem', publicKey);
  };

  it('is verified without this software by the program of docs/audit-console.md', () => {
    const [, program = ''] = /^```js\n(.*?)^```$/ms.exec(readFileSync(PAGE, 'utf8')) ?? [];
    write('check.mjs', program);
    const check = () => {
      const words = ['check.mjs', 'northwind-manifest.json', 'public.pem'];
      const { status, stdout } = spawnSync(process.execPath, words, { cwd: directory, encoding: 'utf8' });
      return { status, said: stdout.match(/^\S+ (ok|CHANGED)$/gm) };
    };
    writeAll();
    expect(check()).toEqual({ status: 0, said: ['events.csv ok', 'events.ndjson ok'] });
    appendFileSync(join(directory, 'northwind-events.csv'), ' ');
    expect(check()).toEqual({ status: 1, said: ['events.csv CHANGED', 'events.ndjson ok'] });
    const other = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey;
    write('public.pem', other.export({ type: 'spki', format: 'pem' }));
    expect(check()).toEqual({ status: 1, said: null });
  });

  it('that was cut, or is missing, is said to be so', async () => {
    writeAll();
    const verify = async () => {
      const words = [
        '--file',
        join(directory, 'northwind-events.csv'),
        '--keys',
        join(directory, 'public.pem'),
      ];
      const { status, stdout } = await runHere(() => runAudit(['verify', ...words]), {});
      return [status, stdout];
    };
    expect(await verify()).toEqual([0, expect.stringMatching(/^ok {4}events\.csv: /)]);
    const whole = String(files.get('manifest.json'));
    for (const broken of ['', whole.slice(0, -90), 'null', '[]', '{"signature":7}']) {
      write('northwind-manifest.json', broken);
      expect(await verify()).toEqual([1, 'FAIL  manifest.json: not signed by any of the keys, or changed\n']);
    }
    rmSync(join(directory, 'northwind-manifest.json'));
    expect(await verify()).toEqual([
      1,
      'FAIL  manifest.json: missing, and the file does not begin as an export of a trail\n',
    ]);
  });
});
