/** What an act on records is called: by what it does, and in the form of before as an import or a deletion by one (ADR 153). */
import { describe, expect, it } from '@jest/globals';
import { type AccessEvent, eventKeys, recordOf } from '@patient-access/events';
import { type Signing, signingWorld } from '../checkpoints.ts';
import { asAuditor } from '../auditor-search/auditors.ts';
import { EVENTS } from '../events.ts';
import {
  accessEvent,
  asLines,
  type AuditEventJson,
  EVENT_PUBLIC_KEYS,
  eventsIn,
  idOf,
  type World,
} from '../world.ts';
import { verifyTenant } from '../../src/verify/verify.ts';

const IMPORT = '110107';
const EXPORT = '110106';
const PATIENT_RECORD = '110110';
const ACTIVITY = '110100';
const [SOURCE, DESTINATION] = ['110153', '110152'];

/** By act: type and action in the form of today, and in the one before. */
const ACTS: readonly [act: string, today: string, before: string][] = [
  ['import', `${IMPORT} C`, `${IMPORT} C`],
  ['delete', `${IMPORT} D`, `${IMPORT} D`],
  ['withdraw', `${PATIENT_RECORD} D`, `${IMPORT} D`],
  ['plan-delete', `${PATIENT_RECORD} D`, `${IMPORT} D`],
  ['plan-deleted', `${PATIENT_RECORD} D`, `${IMPORT} D`],
  ['merge', `${PATIENT_RECORD} U`, `${IMPORT} D`],
  ['unmerge', `${PATIENT_RECORD} U`, `${IMPORT} D`],
  ['split', `${PATIENT_RECORD} U`, `${IMPORT} D`],
  ['unsplit', `${PATIENT_RECORD} U`, `${IMPORT} D`],
  ['list-merges', `${EXPORT} R`, `${IMPORT} D`],
  ['plan-export', `${EXPORT} R`, `${IMPORT} D`],
  ['plan-exported', `${EXPORT} R`, `${IMPORT} D`],
  ['set-labels', `${ACTIVITY} E`, `${IMPORT} D`],
  ['set-displays', `${ACTIVITY} E`, `${IMPORT} D`],
  ['set-rhythm', `${ACTIVITY} E`, `${IMPORT} D`],
  ['add-words', `${ACTIVITY} E`, `${IMPORT} D`],
  ['reindex', `${ACTIVITY} E`, `${IMPORT} D`],
  ['plan-move', `${ACTIVITY} E`, `${IMPORT} D`],
  ['plan-moved', `${ACTIVITY} E`, `${IMPORT} D`],
];
const eventOfAct = (action: string): AccessEvent =>
  accessEvent({ ...EVENTS['correction of a record'], action });
const before = (event: AccessEvent): string => JSON.stringify({ v: 1, ...event });
const codes = ({ type, action }: AuditEventJson): string => `${type.code} ${action}`;

describe('the codes of an act on records', () => {
  let world: World;
  let signing: Signing;
  signingWorld((...started) => ([world, signing] = started));

  const found = async (query: string): Promise<AuditEventJson[]> =>
    eventsIn(await (await asAuditor(world))(`AuditEvent?${query}`));

  it.each(ACTS)(
    'of %s say what it does, and of a record of before what they said',
    async (act, today, former) => {
      const [event, old] = [eventOfAct(act), eventOfAct(act)];
      expect((await world.deliver([recordOf(event), before(old)])).status).toBe(204);
      const events = await found(`subtype=ingest-${act}`);
      expect(new Map(events.map((each) => [each.id, codes(each)]))).toEqual(
        new Map([
          [idOf(event), today],
          [idOf(old), former],
        ]),
      );
      const [type, action] = today.split(' ');
      expect((await found(`type=${type}&action=${action}`)).map(({ id }) => id)).toContain(idOf(event));
      const verdict = await verifyTenant(signing.records, 'northwind', {
        checkpoints: signing.signer.keys,
        events: eventKeys(EVENT_PUBLIC_KEYS),
      });
      expect(verdict).toMatchObject({ records: 2 });
      expect(verdict).not.toHaveProperty('problem');
    },
  );

  it.each([
    ['plan-export', DESTINATION, SOURCE],
    ['merge', SOURCE, DESTINATION],
  ])('of %s name who did it and the service with its records', async (act, person, service) => {
    await world.deliver(asLines(eventOfAct(act)));
    const [event] = await found(`subtype=ingest-${act}`);
    expect(event?.agent.map(({ type: { coding }, requestor }) => [coding[0]?.code, requestor])).toEqual([
      [person, true],
      [service, false],
    ]);
  });
});
