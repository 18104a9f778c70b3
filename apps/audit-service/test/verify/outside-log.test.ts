/** The file of checkpoints after years: what is kept of it, and that it is read once. */
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  type Checkpoint,
  type CheckpointSigner,
  checkpointSigner,
} from '../../src/checkpoints/checkpoint.ts';
import { publicHalfOf } from '../../src/command/keys.ts';
import { restoreStatements } from '../../src/restores/restore-record.ts';
import { OutsideLog } from '../../src/verify/outside.ts';
import { mountedCheckpointKey } from '../checkpoint-key.ts';

const HOUR_MS = 3_600_000;
const TENANT = 'northwind';

describe('the file of checkpoints', () => {
  let own: CheckpointSigner;
  let stranger: CheckpointSigner;
  let folder: string;
  let file: string;
  beforeEach(async () => {
    own = await checkpointSigner(mountedCheckpointKey());
    stranger = await checkpointSigner(mountedCheckpointKey());
    folder = mkdtempSync(join(tmpdir(), 'patient-access-outside-'));
    file = join(folder, 'checkpoints');
  });
  afterEach(() => {
    jest.useRealTimers();
    rmSync(folder, { recursive: true });
  });

  /** @param seq that the lane had come to @param hoursAgo when it was signed */
  async function signed(seq: number, hoursAgo: number, by = own, kind: Checkpoint['kind'] = 'head') {
    jest.useFakeTimers({ now: Date.now() - hoursAgo * HOUR_MS, doNotFake: ['setImmediate', 'nextTick'] });
    try {
      return (await by.sign({ tenant: TENANT, kind, heads: [{ lane: 0, seq, hash: 'a'.repeat(64) }] })).jws;
    } finally {
      jest.useRealTimers();
    }
  }
  const append = (...lines: string[]) => appendFileSync(file, lines.map((line) => `${line}\n`).join(''));
  const seqs = ({ checkpoints }: { checkpoints: readonly Checkpoint[] }) =>
    checkpoints.map(({ heads }) => heads[0]?.seq).sort((one = 0, other = 0) => one - other);
  const log = () => new OutsideLog(file, own.keys, undefined);

  it('is kept as its roots, the last of each day or month before, and the newest hour', async () => {
    const years = 2 * 365 * 24;
    append(await signed(1, years + 1), await signed(2, years, own, 'root'), await signed(3, years));
    append(await signed(4, 72), await signed(5, 71.99), await signed(6, 24), await signed(7, 0.01));
    append(await signed(8, 0));
    const found = seqs(await log().read());
    expect(found).toEqual(expect.arrayContaining([2, 3, 5, 6, 7, 8]));
    expect(found).not.toContain(4);
  });

  it('is kept with the last of each hour of two days: today’s last one may be of records that were written anew', async () => {
    const noonAgo = (days: number) =>
      (Date.now() - new Date(Date.now() - days * 24 * HOUR_MS).setUTCHours(12, 0, 0, 0)) / HOUR_MS;
    const [before, yesterday] = [noonAgo(4), noonAgo(1)];
    append(await signed(1, before + 48), await signed(2, before), await signed(3, before - 2));
    append(await signed(4, yesterday), await signed(5, yesterday - 0.5), await signed(6, yesterday - 2));
    append(await signed(7, 0));
    expect(seqs(await log().read())).toEqual([1, 3, 5, 6, 7]);
  });

  it('is kept with the last checkpoint before each restore, whatever the same day brought afterwards', async () => {
    const operators = mountedCheckpointKey();
    const noon = new Date(Date.now() - 4 * 24 * HOUR_MS).setUTCHours(12, 0, 0, 0);
    const since = (Date.now() - noon) / HOUR_MS;
    const statement = {
      ...{ tenant: TENANT, restored: [], known: [], knownAt: new Date(noon).toISOString() },
      ...{ reason: 'the wrong backup', by: 'ada' },
    };
    append(await signed(9, since + 3), await signed(11, since + 0.02), await signed(12, since));
    append((await restoreStatements.sign(operators, statement)).jws);
    append(await signed(20, since - 2), await signed(25, 0));
    expect(seqs(await new OutsideLog(file, own.keys, publicHalfOf(operators)).read())).toEqual([
      9, 12, 20, 25,
    ]);
    expect(seqs(await log().read())).toEqual([9, 20, 25]);
  });

  it('counts only what one of the keys signed, however much else is appended', async () => {
    const garbage = await Promise.all([0, 0.01, 5, 30].map((ago) => signed(99, ago, stranger)));
    append(await signed(1, 30), ...garbage, await signed(2, 5), ...garbage, 'no statement', '');
    for (let nth = 0; nth < 450; nth += 1) append(garbage[0] ?? '');
    expect(seqs(await log().read())).toEqual(expect.arrayContaining([2]));
    expect(seqs(await log().read())).not.toContain(99);
  });

  it('is read from where it was left, whole lines only, and anew when it is another file', async () => {
    const outside = log();
    expect(await outside.read()).toEqual({ checkpoints: [], restores: [] });
    append(await signed(1, 2));
    expect(seqs(await outside.read())).toEqual([1]);
    const next = await signed(2, 1);
    appendFileSync(file, next.slice(0, 100));
    expect(seqs(await outside.read())).toEqual([1]);
    appendFileSync(file, `${next.slice(100)}\n`);
    expect(seqs(await outside.read())).toContain(2);
    // What was read once stays true: to write over it takes nothing back.
    const other = join(folder, 'other');
    writeFileSync(other, `${await signed(3, 0)}\n`);
    renameSync(other, file);
    expect(seqs(await outside.read())).toEqual([3]);
  });
});
