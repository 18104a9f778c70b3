/** Signs checkpoints as the service does, and publishes them to memory. */
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { COMMAND, createPool } from '@patient-access/database';
import { type Checkpoint, checkpointSigner } from '../src/checkpoints/checkpoint.ts';
import { HeadSigner } from '../src/checkpoints/sign-heads.ts';
import type { Outside } from '../src/verify/outside.ts';
import { TrailRecords } from '../src/verify/records.ts';
import { StartCheck } from '../src/verify/start-check.ts';
import { mountedCheckpointKey } from './checkpoint-key.ts';
import { startWorld, type World } from './world.ts';

/**
 * A signer of the test world's chains, with the checkpoints that it published and the broken chains that it reported.
 */
export async function startSigning(world: World) {
  const signer = await checkpointSigner(mountedCheckpointKey());
  const [pool, auditor] = [
    await createPool(world.urls.ingest, { max: 1, ...COMMAND }),
    await createPool(world.urls.auditor, { max: 2, ...COMMAND }),
  ];
  const published: Checkpoint[] = [];
  const broken: [string, number, number][] = [];
  const publisher = {
    failing: false,
    prepare: () => Promise.resolve(),
    publish(checkpoints: readonly Checkpoint[]) {
      if (this.failing) return Promise.reject(new Error('nowhere to publish'));
      published.push(...checkpoints);
      return Promise.resolve();
    },
    publishStatement: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const onBroken = (tenant: string, lane: number, seq: number) => void broken.push([tenant, lane, seq]);
  /** As after a start. @param outside what is known there; undefined: nothing is kept outside */
  const startCheck = (outside?: () => Promise<Outside>) =>
    new StartCheck({ read: outside, auditor, keys: signer.keys, onLost: onBroken });
  const heads = (by = signer, outside = startCheck()) =>
    new HeadSigner({ pool, auditor, signer: by, publisher, outside, onBroken });
  return {
    signer,
    /** of the role that appends */
    pool,
    published,
    broken,
    publisher,
    heads,
    startCheck,
    records: new TrailRecords(auditor),
    async stop() {
      await pool.end();
      await auditor.end();
    },
  };
}

export type Signing = Awaited<ReturnType<typeof startSigning>>;

/** Starts a world with its signer for the tests of a file or a block, empties both after each, and ends them. */
export function signingWorld(onStarted: (world: World, signing: Signing) => void): void {
  let world: World;
  let signing: Signing;
  beforeAll(async () => {
    world = await startWorld();
    signing = await startSigning(world);
    onStarted(world, signing);
  });
  afterEach(async () => {
    await world.empty();
    signing.published.length = 0;
    signing.broken.length = 0;
  });
  afterAll(async () => {
    await signing?.stop();
    await world?.stop();
  });
}
