/**
 * Finds resources that came more than once in a load, and differently. All keys of a load are too many for memory, so they
 * are on disk, in parts of which each holds all that came of its resources.
 */
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { Spool } from './spool.ts';
import type { Summary } from './summary.ts';

/** At the end one part is in memory at a time: of ten million resources about 160,000. */
const PARTS = 64;
/** For each part. A line of such a buffer takes twice as much memory as on disk. */
const BUFFER_CHARACTERS = 8 * 1024;
const HASH_BYTES = 9;
/** In place of a hash: the resource was deleted. What comes after that is no repetition. */
const DELETED = '-';

/** A resource of which the load had several contents. The last one is stored. */
export interface Repeat<Origin> {
  type: string;
  id: string;
  /** how often it came, copies of the same content included */
  times: number;
  /** where the one that is stored came from */
  stored: Origin;
}

interface Seen {
  hash: string;
  times: number;
  isDifferent: boolean;
  origin: string;
}

export class Repeats<Origin> {
  private parts: Spool[];
  private readonly files = new Map<string, number>();
  /** Why nothing is noted any more: the disk is full, for example. The load goes on without its list. */
  failure: Error | undefined;

  /** @param opened opens the file of a part */
  constructor(opened?: () => Promise<FileHandle>) {
    this.parts = Array.from({ length: PARTS }, () => new Spool(BUFFER_CHARACTERS, opened));
  }

  /** Notes what was stored, or was stored already. In the order in which it was stored. */
  note(type: string, id: string, { hash, origin }: { hash: Buffer; origin: Origin }): Promise<void> {
    const said = JSON.stringify(origin, (name, value: unknown) => this.shortened(name, value));
    return this.write(`${type}/${id}`, hash.toString('base64url', 0, HASH_BYTES), said);
  }

  noteDeleted(type: string, id: string): Promise<void> {
    return this.write(`${type}/${id}`, DELETED, '');
  }

  /** @returns in no order */
  async *find(): AsyncGenerator<Repeat<Origin>> {
    for (const part of this.parts) {
      const seen = new Map<string, Seen>();
      for await (const line of part.read()) see(seen, line);
      for (const [key, { times, isDifferent, origin }] of seen) {
        const [type = '', id = ''] = key.split('/');
        if (isDifferent) yield { type, id, times, stored: this.whole(origin) };
      }
    }
  }

  /** Tells and counts all of them. The list is no part of the load: it may fail. */
  async tell(summary: Summary, onRepeat?: (repeat: Repeat<Origin>) => Promise<void> | void): Promise<void> {
    try {
      if (this.failure) throw this.failure;
      for await (const repeat of this.find()) {
        summary.repeated += 1;
        await onRepeat?.(repeat);
      }
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      summary.repeatsUnknown = code ?? message;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const parts = this.parts;
    this.parts = [];
    await Promise.all(parts.map((part) => part[Symbol.asyncDispose]()));
  }

  /** A line has the number of its file. The path may be longer than all the rest. */
  private shortened(name: string, value: unknown): unknown {
    if (name !== 'file' || typeof value !== 'string') return value;
    const number = this.files.get(value) ?? this.files.size;
    this.files.set(value, number);
    return number;
  }

  private whole(origin: string): Origin {
    const paths = [...this.files.keys()];
    return JSON.parse(origin, (name, value: unknown) =>
      name === 'file' && typeof value === 'number' ? paths[value] : value,
    ) as Origin;
  }

  private async write(key: string, hash: string, origin: string): Promise<void> {
    try {
      await this.parts[crc32(key) % PARTS]?.write(`${key} ${hash} ${origin}`);
    } catch (error) {
      await this.giveUp(error as Error);
    }
  }

  /** What is on disk by then is let go, because what else is written there has to go on. */
  private async giveUp(error: Error): Promise<void> {
    this.failure ??= error;
    await this[Symbol.asyncDispose]();
  }
}

function see(seen: Map<string, Seen>, line: string): void {
  const [, key = '', hash = '', origin = ''] = /^(\S+) (\S+) ([^]*)$/.exec(line) ?? [];
  const before = seen.get(key);
  if (hash === DELETED) seen.delete(key);
  else if (!before) seen.set(key, { hash, times: 1, isDifferent: false, origin });
  else {
    before.times += 1;
    before.isDifferent ||= before.hash !== hash;
    before.hash = hash;
    before.origin = origin;
  }
}
