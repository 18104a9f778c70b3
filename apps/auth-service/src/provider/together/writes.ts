/**
 * What a request at the authorization endpoint stores is gathered while oidc-provider works, and stored by one statement
 * before the answer leaves (ADR 120).
 */
import Provider from 'oidc-provider';

interface Write {
  model: string;
  /** joins the batch of this turn of the event loop (`storeInBatch`) */
  store(): Promise<void>;
}

const requests = new WeakMap<object, Write[]>();

const gatheredBy = (ctx: object | undefined): Write[] | undefined => ctx && requests.get(ctx);

/** Stores at once what `ctx` has gathered. Writes that begin together share a statement, the later word last. */
async function storeGathered(ctx: object): Promise<void> {
  const writes = gatheredBy(ctx)?.splice(0) ?? [];
  await Promise.all(writes.map((write) => write.store()));
}

/** Stores with whatever else the current request stores; at once, where nothing is gathered. */
export async function storeSoon(model: string, store: () => Promise<void>): Promise<void> {
  const gathered = gatheredBy(Provider.ctx);
  if (gathered) gathered.push({ model, store });
  else await store();
}

/** Called before the current request reads records of this model, so that it finds what it has written. */
export async function storeBeforeReading(model: string): Promise<void> {
  const { ctx } = Provider;
  if (ctx && gatheredBy(ctx)?.some((write) => write.model === model)) await storeGathered(ctx);
}

/** Gathers what `work` stores, and stores it when `work` is done. If `work` fails or `changesNothing`, nothing of it is stored. */
export async function gatheringWrites(
  ctx: object,
  work: () => Promise<void>,
  changesNothing: () => boolean,
): Promise<void> {
  requests.set(ctx, []);
  try {
    await work();
    if (!changesNothing()) await storeGathered(ctx);
  } finally {
    requests.delete(ctx);
  }
}
