import { expect } from '@jest/globals';
import type { AccessEvent } from '@patient-access/events';
import { ownEvents } from '@patient-access/testing';
import { loginEvent } from '../src/domain/accounts/login-event.ts';
import { contextOfPlan } from '../src/domain/audit/access-event.ts';
import type { World } from './world.ts';

/** Reads all events since the last call, oldest first, with those that the edge makes a moment after an answer. */
export async function takeAllEvents(world: World): Promise<AccessEvent[]> {
  const { rows } = await world.db.query<{ body: string }>(
    'WITH taken AS (DELETE FROM outbox RETURNING *) SELECT body FROM taken ORDER BY created_at',
  );
  const events = ownEvents(
    'auth-service',
    rows.map(({ body }) => body),
  );
  // The edge has missed the event of a handler.
  expect(events.filter(({ reason }) => reason === 'unrecorded')).toEqual([]);
  return events;
}

const OF_EDGE = ['attempt', 'denied-attempts'];

/** Reads the events since the last call that a handler made, oldest first. */
export const takeEvents = async (world: World): Promise<AccessEvent[]> =>
  (await takeAllEvents(world)).filter(({ kind }) => !OF_EDGE.includes(kind));

/** Reads the events since the last call, without those of pages that a member has only read, oldest first. */
export const takeActs = async (world: World): Promise<AccessEvent[]> =>
  (await takeEvents(world)).filter(({ kind }) => kind !== 'account');

/** For a second factor that a test turns on without a page. */
export const secondFactorOn = (): AccessEvent =>
  loginEvent(contextOfPlan('northwind'), { action: 'second-factor-on', account: undefined });
