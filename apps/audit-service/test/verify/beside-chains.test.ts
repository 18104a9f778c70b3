/** Records that searches find and that are in no chain: whoever rules the database has put them there. */
import { afterEach, expect, it } from '@jest/globals';
import { eventKeys } from '@patient-access/events';
import { ContinuousVerifier } from '../../src/verify/continuous-verifier.ts';
import { verifyTenant } from '../../src/verify/verify.ts';
import { type Signing, signingWorld } from '../checkpoints.ts';
import { accessEvent, asLines, EVENT_PUBLIC_KEYS, type World } from '../world.ts';

let world: World;
let signing: Signing;
signingWorld((...started) => ([world, signing] = started));

const CONDITION = 'CHECK (lane BETWEEN 0 AND 15 AND seq >= 1) NOT VALID';
const keys = () => ({ checkpoints: signing.signer.keys, events: eventKeys(EVENT_PUBLIC_KEYS) });
const forge = (lane: string, seq: string) =>
  world.admin.query(
    `INSERT INTO trail.audit_event (tenant, lane, seq, number, stored, recorded, disclosed, id, producer, member, kind, act,
            outcome, service, terms, hash, record)
     SELECT tenant, ${lane}, ${seq}, number, stored, recorded, disclosed, 'forged', producer, member, kind, act, outcome,
            service, terms, hash, record
       FROM trail.audit_event WHERE tenant = 'northwind' AND seq = 1`,
  );

afterEach(async () => {
  await world.empty();
  await world.admin.query('ALTER TABLE trail.audit_event DROP CONSTRAINT IF EXISTS audit_event_in_chain');
  await world.admin.query(`ALTER TABLE trail.audit_event ADD CONSTRAINT audit_event_in_chain ${CONDITION}`);
});

const PLACES = [
  ['of number 0', 'lane', '0'],
  ['of a number below 0', 'lane', '-5'],
  ['of no lane', '16', 'seq'],
  ['of a lane below 0', '-1', 'seq'],
] as const;

it.each(PLACES)('refuses a record %s', async (_which, lane, seq) => {
  await world.deliver(asLines(accessEvent()));
  await expect(forge(lane, seq)).rejects.toThrow('audit_event_in_chain');
});

it.each([
  ...PLACES,
  ['behind the end of its lane', 'lane', 'seq + 5'] as const,
  ['of a lane that has no other', '(lane + 1) % 16', 'seq'] as const,
])('finds a record %s', async (_which, lane, seq) => {
  await world.deliver(asLines(accessEvent(), accessEvent(), accessEvent({ tenant: 'lakeside' })));
  await signing.heads().sign();
  const verifier = new ContinuousVerifier(signing.records, keys(), () => undefined);
  const round = async () => {
    for (let walk = 0; walk < 20; walk += 1) await verifier.verifyNext(7);
    const { problem } = await verifyTenant(signing.records, 'northwind', keys(), signing.published);
    return [problem, verifier.problems];
  };
  expect(await round()).toEqual([undefined, []]);
  await world.admin.query('ALTER TABLE trail.audit_event DROP CONSTRAINT audit_event_in_chain');
  await forge(lane, seq);
  const surplus = expect.objectContaining({ tenant: 'northwind', kind: 'surplus', id: 'forged' });
  expect(await round()).toEqual([surplus, [surplus]]);
  await world.admin.query(
    "BEGIN; SET LOCAL session_replication_role = replica; DELETE FROM trail.audit_event WHERE id = 'forged'; COMMIT",
  );
  expect(await round()).toEqual([undefined, []]);
});
