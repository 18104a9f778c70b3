/**
 * The key of a new authenticator app while a member sets it up in place of the present one. It is kept for her session, so
 * that the page with it can be loaded again.
 */
import type { Pool } from '@patient-access/database';
import { z } from 'zod';
import { digest, type Keys } from '../keys/secrets.ts';
import { findRecord, saveRecord } from '../grants/records.ts';
import { type Enrolment, ENROLMENT_SECONDS, openEnrolment, sealEnrolment } from './enrolment.ts';

const MODEL = 'Replacement';

interface Place {
  pool: Pool;
  /** with which the enrolment is sealed */
  key: Keys;
  tenant: string;
  /** its `uid` */
  session: string;
}

const Stored = z.object({ sealed: z.string() });

export async function keepReplacement(
  { pool, key, tenant, session }: Place,
  sub: string,
  enrolment: Enrolment,
): Promise<void> {
  await saveRecord(pool, {
    tenant,
    model: MODEL,
    id: digest(session),
    payload: JSON.stringify({ sealed: sealEnrolment(key, tenant, sub, enrolment) }),
    grantId: null,
    uid: null,
    sub: null,
    expiresIn: ENROLMENT_SECONDS,
  });
}

/** @returns undefined when it is over, or another login's */
export async function findReplacement(
  { pool, key, tenant, session }: Place,
  sub: string,
): Promise<Enrolment | undefined> {
  const record = await findRecord(pool, 'id', [tenant, MODEL, digest(session)]);
  return record && openEnrolment(key, tenant, sub, Stored.parse(JSON.parse(record.payload)).sealed);
}
