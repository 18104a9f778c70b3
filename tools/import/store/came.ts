/**
 * The ids that came, of each type of which everything comes, to compare them with what is stored. They are too many for
 * memory, so they are on disk, in parts: an id is in the same part whether it came or is stored.
 */
import { crc32 } from 'node:zlib';
import type { Missing } from '@patient-access/fhir-store/ingest';
import { Spool } from './spool.ts';

/** One part is in memory at a time: of ten million ids about 160,000. */
const PARTS = 64;
const BUFFER_CHARACTERS = 16 * 1024;

export class Came {
  readonly types: ReadonlySet<string>;
  private readonly parts: ReadonlyMap<string, Spool[]>;
  /** what is missing of the types that were compared */
  private readonly missing: Spool[] = [];

  constructor(types: readonly string[] = []) {
    this.types = new Set(types);
    this.parts = new Map([...this.types].map((type) => [type, openParts()]));
  }

  /** Notes what came; nothing for a type of which not everything comes. */
  async note(type: string, id: string): Promise<void> {
    const parts = this.parts.get(type);
    if (parts) await partOf(parts, id).write(id);
  }

  /**
   * Finds what is stored and did not come.
   *
   * @param stored ids of the type, each once, in batches
   * @throws Error when the disk is full: what is not known to have come would be deleted
   */
  async compare(type: string, stored: AsyncIterable<readonly string[]>): Promise<Missing> {
    const kept = openParts();
    const missing = new Spool(BUFFER_CHARACTERS);
    this.missing.push(missing);
    const counts = { stored: 0, missing: 0 };
    try {
      for await (const ids of stored) {
        counts.stored += ids.length;
        for (const id of ids) await partOf(kept, id).write(id);
      }
      for (const [at, part] of kept.entries()) {
        const came = await idsIn(this.parts.get(type)?.[at]);
        for await (const id of part.read()) {
          if (came.has(id)) continue;
          counts.missing += 1;
          await missing.write(id);
        }
      }
    } finally {
      await close(kept);
    }
    return { ...counts, batches: (size) => batchesOf(missing.read(), size) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await close([...this.parts.values(), this.missing].flat());
  }
}

const openParts = () => Array.from({ length: PARTS }, () => new Spool(BUFFER_CHARACTERS));

const close = (spools: readonly Spool[]) => Promise.all(spools.map((spool) => spool[Symbol.asyncDispose]()));

function partOf(parts: readonly Spool[], id: string): Spool {
  const part = parts[crc32(id) % PARTS];
  if (!part) throw new Error('no part');
  return part;
}

async function idsIn(part: Spool | undefined): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const id of part?.read() ?? []) ids.add(id);
  return ids;
}

async function* batchesOf(ids: AsyncIterable<string>, size: number): AsyncGenerator<string[]> {
  let batch: string[] = [];
  for await (const id of ids) {
    batch.push(id);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
