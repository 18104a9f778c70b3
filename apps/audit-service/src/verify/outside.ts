/** What was signed and is kept outside the database: checkpoints, and the operators' statements. */
import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type Checkpoint, type CheckpointKeys, checkpointKeys } from '../checkpoints/checkpoint.ts';
import type { Acknowledgement } from '../foreign/acknowledgement.ts';
import type { ReplayRecord } from '../restores/replay-record.ts';
import type { RestoreRecord } from '../restores/restore-record.ts';
import { KeptStatements } from './kept-statements.ts';

/** At a time: a line has about 2 kB for 16 lanes. */
const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

export interface Outside {
  checkpoints: readonly Checkpoint[];
  /** the oldest first */
  restores: readonly RestoreRecord[];
  /** what the operators say came again after these; a later statement about the same restore counts */
  replays?: readonly ReplayRecord[];
  /** that the operators know of foreign records */
  acknowledgements?: readonly Acknowledgement[];
}

/**
 * The file to which checkpoints are appended, once a minute for each tenant and for years. What was read of it once is not
 * read again, and of what was read only as much is kept as a verification needs: {@link KeptStatements}.
 */
export class OutsideLog {
  private readonly file: string | undefined;
  private readonly keys: CheckpointKeys;
  private readonly operators: string | undefined;
  private kept: KeptStatements | undefined;
  /** which file it was, and the end of the last whole line */
  private inode = 0;
  private offset = 0;

  /**
   * @param file it does not exist before the first checkpoint; undefined: nothing is kept outside
   * @param keys of the checkpoints
   * @param operators public keys in PEM; undefined: no restore is believed
   */
  constructor(file: string | undefined, keys: CheckpointKeys, operators: string | undefined) {
    this.file = file;
    this.keys = keys;
    this.operators = operators;
  }

  /** Reads what has been appended since the last call, or all of a file that is another one. */
  async read(): Promise<Outside> {
    if (this.file === undefined || !existsSync(this.file)) return { checkpoints: [], restores: [] };
    const handle = await open(this.file);
    try {
      const { ino, size } = await handle.stat();
      if (!this.kept || ino !== this.inode || size < this.offset) await this.begin(ino);
      await this.readLines(handle);
    } finally {
      await handle.close();
    }
    return (await this.kept?.outside()) ?? { checkpoints: [], restores: [] };
  }

  private async begin(inode: number): Promise<void> {
    const operators = this.operators === undefined ? undefined : await checkpointKeys(this.operators);
    this.kept = new KeptStatements(this.keys, operators);
    this.inode = inode;
    this.offset = 0;
  }

  /** A last line that has no end yet is looked at, and read again with its end. */
  private async readLines(handle: FileHandle): Promise<void> {
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(CHUNK_BYTES),
        0,
        CHUNK_BYTES,
        this.offset + rest.length,
      );
      if (bytesRead === 0) break;
      const read: Buffer = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      const end = read.lastIndexOf(NEWLINE) + 1;
      for (const line of read.toString('utf8', 0, end).split('\n')) await this.kept?.add(line);
      rest = read.subarray(end);
      this.offset += end;
    }
    await this.kept?.add(rest.toString('utf8'));
  }
}

/** {@link OutsideLog}, read once. */
export const readOutside = (
  file: string | undefined,
  keys: CheckpointKeys,
  operators: string | undefined,
): Promise<Outside> => new OutsideLog(file, keys, operators).read();
