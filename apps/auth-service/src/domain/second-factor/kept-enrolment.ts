/**
 * What a member sets up as her second factor, kept until its first code is right. A phone may forget the page while its owner is
 * in the authenticator app, and the page in another language is loaded anew: each time it shows the same key.
 */
import type { Pool } from '@patient-access/database';
import type { PoolClient } from 'pg';
import { z } from 'zod';
import { digest, type Keys } from '../keys/secrets.ts';
import {
  destroyRecord,
  findRecord,
  type NewOidcRecord,
  saveRecord,
  saveRecordIn,
} from '../grants/records.ts';
import {
  type Enrolment,
  ENROLMENT_SECONDS,
  newEnrolment,
  openEnrolment,
  renewed,
  sealEnrolment,
} from './enrolment.ts';

const MODEL = 'Enrolment';

/** Where it is kept. */
export interface EnrolmentPlace {
  pool: Pool;
  /** with which the enrolment is sealed */
  key: Keys;
  tenant: string;
  /** of the session or the login page in which it is set up */
  uid: string;
}

const Stored = z.object({ sealed: z.string() });

const recordOf = (
  { key, tenant, uid }: EnrolmentPlace,
  sub: string,
  enrolment: Enrolment,
): NewOidcRecord => ({
  tenant,
  model: MODEL,
  id: digest(uid),
  payload: JSON.stringify({ sealed: sealEnrolment(key, tenant, sub, enrolment) }),
  grantId: null,
  uid: null,
  sub: null,
  expiresIn: ENROLMENT_SECONDS,
});

/** Keeps a new one that replaces the present factor, in the transaction that uses up a code of the present one. */
export const keepReplacement = (client: PoolClient, place: EnrolmentPlace, sub: string): Promise<void> =>
  saveRecordIn(client, recordOf(place, sub, { ...newEnrolment(), replaces: true }));

/** @returns undefined when it is over, or another login's */
export async function findEnrolment(
  { pool, key, tenant, uid }: EnrolmentPlace,
  sub: string,
): Promise<Enrolment | undefined> {
  const record = await findRecord(pool, 'id', [tenant, MODEL, digest(uid)]);
  return record && openEnrolment(key, tenant, sub, Stored.parse(JSON.parse(record.payload)).sealed);
}

/** @returns what a login without a second factor sets up: a new one, or the one that was begun, with all of its time again */
export async function firstEnrolment(place: EnrolmentPlace, sub: string): Promise<Enrolment> {
  const kept = await findEnrolment(place, sub);
  const enrolment = kept && !kept.replaces ? renewed(kept) : newEnrolment();
  await saveRecord(place.pool, recordOf(place, sub, enrolment));
  return enrolment;
}

/** Once it is in use, no page shows the key and the recovery codes again. */
export const forgetEnrolment = ({ pool, tenant, uid }: EnrolmentPlace): Promise<void> =>
  destroyRecord(pool, [tenant, MODEL, digest(uid)]);
