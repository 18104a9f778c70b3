import { type Deletion, Ingest, type IngestItem, type IngestResult } from '@patient-access/fhir-store/ingest';

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

/** Stores a batch. If the database refuses a resource of it, it stores all others and rejects this one. */
async function storeOrSplit<Origin>(
  ingest: Ingest,
  items: readonly QueueItem<Origin>[],
): Promise<IngestResult<Origin>[]> {
  try {
    return await ingest.store(items);
  } catch (error) {
    const code = String((error as { code?: unknown }).code);
    const [only] = items;
    if (!only || !DATA_ERROR.test(code)) throw error;
    if (items.length === 1) {
      const reason = `the database cannot hold it (SQLSTATE ${code})`;
      return [{ origin: only.origin, type: targetOf(only).type, status: 'rejected', reason }];
    }
    const half = Math.ceil(items.length / 2);
    const first = await storeOrSplit(ingest, items.slice(0, half));
    return [...first, ...(await storeOrSplit(ingest, items.slice(half)))];
  }
}

/** Collects one owner's resources into batches. One batch fills while at most one other is being stored. */
export class OwnerQueue<Origin> {
  private batch: QueueItem<Origin>[] = [];
  /** what the batch says last about each resource, by `Type/id` */
  private kinds = new Map<string, 'deleted' | 'resource'>();
  /** the same of the batch that is being stored */
  private storing = new Map<string, 'deleted' | 'resource'>();
  private bytes = 0;
  private onItsWay: Promise<void> = Promise.resolve();
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
    await this.onItsWay;
    if (this.batch.length === 0) return;
    const batch = this.batch;
    this.storing = this.kinds;
    this.batch = [];
    this.bytes = 0;
    this.kinds = new Map();
    this.onItsWay = storeOrSplit(this.ingest, batch).then((results) => {
      this.storing = new Map();
      return this.onStored(results);
    });
    // The next call gets the error. This handler prevents an unhandled rejection until then.
    this.onItsWay.catch(() => undefined);
  }
}
