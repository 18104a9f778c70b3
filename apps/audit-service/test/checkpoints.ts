/** Signing as the service does, into memory. */
import { generateKeyPairSync } from 'node:crypto';
import { createPool } from '@patient-access/database';
import { type Checkpoint, checkpointSigner } from '../src/checkpoints/checkpoint.ts';
import { HeadSigner } from '../src/checkpoints/sign-heads.ts';
import { TrailRecords } from '../src/verify/records.ts';
import type { World } from './world.ts';

/** A private key as it is mounted. */
export const mountedCheckpointKey = (): string =>
  generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;

/** A signer of the world's chains, what it published, and whom it warned. */
export async function startSigning(world: World) {
  const signer = await checkpointSigner(mountedCheckpointKey());
  const [pool, auditor] = [
    await createPool(world.urls.ingest, { max: 1 }),
    await createPool(world.urls.auditor, { max: 2 }),
  ];
  const published: Checkpoint[] = [];
  const broken: [string, number][] = [];
  const publisher = {
    failing: false,
    publish(checkpoints: readonly Checkpoint[]) {
      if (this.failing) return Promise.reject(new Error('nowhere to publish'));
      published.push(...checkpoints);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  const onBroken = (tenant: string, seq: number) => void broken.push([tenant, seq]);
  const heads = () => new HeadSigner({ pool, auditor, signer, publisher, onBroken });
  return {
    signer,
    published,
    broken,
    publisher,
    heads,
    records: new TrailRecords(auditor),
    async stop() {
      await pool.end();
      await auditor.end();
    },
  };
}
