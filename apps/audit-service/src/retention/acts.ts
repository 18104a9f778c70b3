/** What is done to the trail itself is in it: each act with its event, in one transaction. */
import { randomUUID } from 'node:crypto';
import type { AccessEvent } from '@patient-access/events';
import { recordStatement } from '@patient-access/outbox';
import type pg from 'pg';

/** `iss` of whoever acts for the plan: they have no login here. */
const ADMINISTRATION = 'urn:payer-patient-access:administration';

/** An act on one tenant's trail. A member that it is about is named in `request` alone: a hold is no news for them. */
export interface Act {
  tenant: string;
  action: 'hold-set' | 'hold-lift' | 'retention-set' | 'drop';
  /** name of the administrator */
  by: string;
  /** what exactly, for auditors */
  request: string;
  /** records concerned */
  count?: number;
}

function eventOf({ by, ...act }: Act): AccessEvent {
  return {
    requestId: randomUUID(),
    service: 'audit-service',
    recorded: new Date().toISOString(),
    kind: 'trail',
    outcome: '0',
    user: { iss: ADMINISTRATION, sub: by },
    ...act,
  };
}

/**
 * Runs `work`, and records what it says was done, in one transaction.
 *
 * @param owner connection of the owner role
 */
export async function act<Result>(
  owner: pg.Client,
  work: () => Promise<{ result: Result; acts: readonly Act[] }>,
): Promise<Result> {
  await owner.query('BEGIN');
  try {
    const { result, acts } = await work();
    if (acts.length > 0) await owner.query(recordStatement(acts.map(eventOf)));
    await owner.query('COMMIT');
    return result;
  } catch (error) {
    await owner.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
