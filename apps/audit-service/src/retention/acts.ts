/** Acts on the trail itself. Each act and the event about it are one transaction. */
import { randomUUID } from 'node:crypto';
import { type AccessEvent, MAX_REQUEST_CHARACTERS } from '@patient-access/events';
import { recordStatement } from '@patient-access/outbox/record';
import type pg from 'pg';

/** `iss` of a person who acts for the plan by command and has no login here. */
const ADMINISTRATION = 'urn:payer-patient-access:administration';

/** An act on one tenant's trail. Only `request` names the member, because members must not learn about a legal hold. */
export interface Act {
  tenant: string;
  action:
    | 'hold-set'
    | 'hold-lift'
    | 'hold-list'
    | 'retention-set'
    | 'drop'
    | 'restore'
    | 'lost'
    | 'acknowledge'
    | 'dead-letter-read'
    | 'dead-letter-close';
  /** name of the administrator */
  by: string;
  /** the act in words, for auditors */
  request: string;
  /** number of records that the act is about */
  count?: number;
}

/** @returns what the trail says of an act */
export function eventOfAct({ by, ...act }: Act): AccessEvent {
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

interface Done<Result> {
  result: Result;
  acts: readonly Act[];
  /** What nobody can take back. It comes last, when nothing but the end of the transaction can fail. */
  publish?(): Promise<void>;
}

/**
 * Runs `work`, and records the act that it returns, in one transaction.
 *
 * @param owner connection of the owner role
 * @throws Error when the event would say more than the trail takes
 */
export async function act<Result>(
  owner: pg.Client,
  work: () => Done<Result> | Promise<Done<Result>>,
): Promise<Result> {
  await owner.query('BEGIN');
  try {
    const { result, acts, publish } = await work();
    // Its event would be a dead letter, and the trail would not say what was done.
    if (acts.some(({ request }) => request.length > MAX_REQUEST_CHARACTERS))
      throw new Error(
        `the trail takes ${MAX_REQUEST_CHARACTERS} characters of an act: say a shorter reason; nothing is done`,
      );
    if (acts.length > 0) await owner.query(recordStatement(acts.map(eventOfAct)));
    await publish?.();
    await owner.query('COMMIT');
    return result;
  } catch (error) {
    await owner.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
