/** The file of checkpoints on a disk that becomes full in the middle of a line. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KafkaConfig } from '@patient-access/kafka-client/config';
import { checkpointPublisher } from '../../src/checkpoints/publish.ts';

const PUBLISHER = pathToFileURL(join(import.meta.dirname, '../../dist/checkpoints/publish.js')).href;
/** Longer than the largest file that the other process may write: 8 blocks, of 512 or 1,024 bytes. */
const STATEMENT = 'x'.repeat(10_000);
const PROGRAM = `
  const { checkpointPublisher } = await import(${JSON.stringify(PUBLISHER)});
  const publisher = checkpointPublisher({ CHECKPOINT_LOG: process.argv[1] }, { info() {} });
  await publisher.publishStatement({ tenant: 'northwind', jws: ${JSON.stringify(STATEMENT)} })
    .then(() => console.log('published'), ({ code }) => console.log(code));`;

describe('a statement that has no room in the file of checkpoints', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'patient-access-full-disk-'));
    file = join(folder, 'checkpoints');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Publishes in a process whose files end as on a full disk: the system takes a part of it, and then nothing. */
  const publishWithoutRoom = () => {
    const program = ['--input-type=module', '--eval', PROGRAM, file];
    const shell = ['-c', 'ulimit -f 8; exec "$@"', 'sh', process.execPath, ...program];
    return spawnSync('sh', shell, { encoding: 'utf8' });
  };

  it('is not published', () => {
    const { stdout, stderr } = publishWithoutRoom();
    expect([stdout.trim(), stderr]).toEqual(['EFBIG', '']);
    const { length } = readFileSync(file, 'utf8');
    expect(length).toBeGreaterThan(0);
    expect(length).toBeLessThan(STATEMENT.length);
  });

  it('does not spoil the one that comes when there is room again', async () => {
    publishWithoutRoom();
    const to = { ...KafkaConfig.parse({}), CHECKPOINT_LOG: file };
    const publisher = checkpointPublisher(to, { info: () => undefined });
    await publisher.publishStatement({ tenant: 'northwind', jws: 'whole' });
    await publisher.publishStatement({ tenant: 'northwind', jws: 'next' });
    expect(readFileSync(file, 'utf8').split('\n').slice(1)).toEqual(['whole', 'next', '']);
  });
});
