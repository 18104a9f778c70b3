/** The connections of one command, which end with it. */
import { COMMAND, connectOnce, createPool, type Pool, TIMES_OF_SESSION } from '@patient-access/database';
import { createLogger } from '@patient-access/platform/logging';
import type pg from 'pg';
import { type CheckpointPublisher, checkpointPublisher } from '../checkpoints/publish.ts';
import { auditorSettings, keySettings, ownerSettings } from '../config.ts';
import { TrailRecords } from '../verify/records.ts';

/** Reads alone, as an auditor does. */
export async function withAuditor<Result>(work: (auditor: Pool) => Promise<Result>): Promise<Result> {
  const { AUDITOR_DATABASE_URL } = auditorSettings();
  // A verification must leave out nothing, so one batch may take as long as it needs.
  const auditor = await createPool(AUDITOR_DATABASE_URL, { ...COMMAND, max: 1, readOnly: true });
  try {
    return await work(auditor);
  } finally {
    await auditor.end();
  }
}

/** {@link withAuditor}, record by record. */
export const withRecords = <Result>(work: (records: TrailRecords) => Promise<Result>): Promise<Result> =>
  withAuditor((auditor) => work(new TrailRecords(auditor)));

/** Changes the trail, as its owner. */
export async function withOwner<Result>(work: (owner: pg.Client) => Promise<Result>): Promise<Result> {
  const { OWNER_DATABASE_URL } = ownerSettings();
  // The owner's URL names Postgres itself.
  const owner = await connectOnce({
    connectionString: OWNER_DATABASE_URL,
    options: TIMES_OF_SESSION,
  });
  try {
    return await work(owner);
  } finally {
    await owner.end();
  }
}

/** To where checkpoints and statements are published. */
export async function withPublisher<Result>(
  work: (publisher: CheckpointPublisher) => Promise<Result>,
): Promise<Result> {
  const publisher = checkpointPublisher(keySettings(), createLogger('audit', 'info'));
  try {
    return await work(publisher);
  } finally {
    await publisher.close();
  }
}
