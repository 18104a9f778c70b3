import { Rests } from '@patient-access/concurrency';
import {
  type Batch,
  type Deletion,
  Ingest,
  type IngestItem,
  type IngestResult,
} from '@patient-access/fhir-store/ingest';

/** A resource, or its deletion. */
export type QueueItem<Origin> = IngestItem<Origin> | Deletion<Origin>;

/** The type and id of what an item is about. */
function targetOf(item: QueueItem<unknown>): { type: string; id: string } {
  if ('deleted' in item) return item.deleted;
  return { type: item.resource.resourceType, id: item.resource.id };
}

const BATCH_RESOURCES = 500;
const BATCH_BYTES = 8 * 1024 * 1024;

/** SQLSTATE classes of errors in the data: data exception, integrity constraint, program limit exceeded. */
const DATA_ERROR = /^(22|23|54)/;

const isDataError = (error: unknown) => DATA_ERROR.test(String((error as { code?: unknown }).code));

/** @returns undefined if the database refuses something of the batch: who stores it finds out what */
async function prepared<Origin>(
  ingest: Ingest,
  items: readonly QueueItem<Origin>[],
): Promise<Batch<Origin> | undefined> {
  try {
    return await ingest.prepare(items);
  } catch (error) {
    if (isDataError(error)) return undefined;
    throw error;
  }
}

/** Stores a batch. If the database refuses a resource of it, it stores all others and rejects this one. */
async function storeOrSplit<Origin>(
  ingest: Ingest,
  items: readonly QueueItem<Origin>[],
  batch?: Batch<Origin>,
): Promise<IngestResult<Origin>[]> {
  try {
    return await (batch ? ingest.storePrepared(batch) : ingest.store(items));
  } catch (error) {
    const [only] = items;
    if (!only || !isDataError(error)) throw error;
    if (items.length === 1) {
      const reason = `the database cannot hold it (SQLSTATE ${String((error as { code?: unknown }).code)})`;
      return [{ origin: only.origin, type: targetOf(only).type, status: 'rejected', reason }];
    }
    const half = Math.ceil(items.length / 2);
    const first = await storeOrSplit(ingest, items.slice(0, half));
    return [...first, ...(await storeOrSplit(ingest, items.slice(half)))];
  }
}

/** Collects one owner's resources into batches. One batch fills and is prepared while at most one other is being stored. */
export class OwnerQueue<Origin> {
  private batch: QueueItem<Origin>[] = [];
  /** what the batch says last about each resource, by `Type/id` */
  private kinds = new Map<string, 'deleted' | 'resource'>();
  /** the same of the batch that is being stored */
  private storing = new Map<string, 'deleted' | 'resource'>();
  private bytes = 0;
  private onItsWay: Promise<void> = Promise.resolve();
  /** of who adds, so that batches go on that are being stored */
  private readonly rests = new Rests();
  private readonly ingest: Ingest;
  private readonly onStored: (results: IngestResult<Origin>[]) => Promise<void>;

  constructor(ingest: Ingest, onStored: (results: IngestResult<Origin>[]) => Promise<void>) {
    this.ingest = ingest;
    this.onStored = onStored;
  }

  /**
   * Adds an item. It waits when the database is still storing the batch before. A resource and its deletion go into
   * different batches, so they happen in the order of the files.
   */
  async add(item: QueueItem<Origin>, size: number): Promise<void> {
    const { type, id } = targetOf(item);
    const [key, kind] = [`${type}/${id}`, 'deleted' in item ? 'deleted' : 'resource'] as const;
    if ((this.kinds.get(key) ?? kind) !== kind) await this.send();
    this.kinds.set(key, kind);
    this.batch.push(item);
    this.bytes += size;
    await this.rests.ifDue();
    if (this.batch.length >= BATCH_RESOURCES || this.bytes >= BATCH_BYTES) await this.send();
  }

  /** Does this resource wait for being stored, or deleted? @param key `Type/id` */
  has(key: string): boolean {
    return this.kinds.has(key) || this.storing.has(key);
  }

  /** Stores what is left. @throws the error that prevented a batch from being stored */
  async drain(): Promise<void> {
    await this.send();
    await this.onItsWay;
  }

  private async send(): Promise<void> {
    const items = this.batch;
    const batch = items.length > 0 ? await prepared(this.ingest, items) : undefined;
    await this.onItsWay;
    if (items.length === 0) return;
    this.storing = this.kinds;
    this.batch = [];
    this.bytes = 0;
    this.kinds = new Map();
    this.onItsWay = storeOrSplit(this.ingest, items, batch).then((results) => {
      this.storing = new Map();
      return this.onStored(results);
    });
    // The next call gets the error. This handler prevents an unhandled rejection until then.
    this.onItsWay.catch(() => undefined);
  }
}
