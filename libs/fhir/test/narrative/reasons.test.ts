/** The words of our own for reasons of a plan, which are committed in both languages, so that each change is read. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { REASON_SYSTEMS } from '../../src/narrative/written/reasons.ts';
import { saidOf, toldClaim, toldCode } from './told.ts';

const CARC = 'https://x12.org/codes/claim-adjustment-reason-codes';
const NCPDP = 'http://terminology.hl7.org/CodeSystem/NCPDPRejectCode';
const DECISION = 'https://codesystem.x12.org/external/886';
const TABLE = join(import.meta.dirname, 'reasons.txt');

const rows = Object.entries(REASON_SYSTEMS).flatMap(([system, { words = {} }]) =>
  Object.entries(words).map(([code, { en, es }]) => ({ system, code, en, es })),
);

describe('the words for reasons', () => {
  it('are those of the table', () => {
    const text = rows.map(({ system, code, en, es }) => `${system}|${code}\n  ${en}\n  ${es}\n`).join('');
    expect(text).toBe(readFileSync(TABLE, 'utf8'));
  });

  it.each(rows)('are short sentences in two languages: $system|$code', ({ en, es }) => {
    for (const text of [en, es]) expect(text).toMatch(/^[A-Z].{10,170}\.$/);
    expect(en).not.toBe(es);
  });

  it.each([
    [CARC, '4,11,15,31,49,51,58,97,146,167,198,252,256,272'],
    [NCPDP, '7,25,41,65,69,88'],
    [DECISION, '9,0D,0F,0G,0L,0M,0N,0P,0T,0U,0V,0W'],
  ])('are there for the reasons that plans name most often: %s', (system, codes) => {
    for (const code of codes.split(','))
      expect([code, REASON_SYSTEMS[system]?.words?.[code]]).toEqual([code, expect.anything()]);
  });
});

const REASONS = 'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudicationDiscriminator';
const denied = (system: string, code: string) =>
  saidOf(
    toldClaim({
      adjudication: [{ category: toldCode(REASONS, 'rejectreason'), reason: toldCode(system, code) }],
    }),
  );

describe('a narrative', () => {
  it('has them, with what a member can do', () => {
    expect(denied(CARC, '252').en).toMatch(
      / Why not all was paid: The plan needs more papers to decide\. Your provider can send them\. You can appeal\./,
    );
    expect(denied(NCPDP, '88').es).toContain('El plan ve un riesgo, por ejemplo con otro medicamento');
  });

  it('knows a code that was sent with a zero before it, and none that is like a member of every object', () => {
    expect(denied(NCPDP, '07').en).toContain('Show the pharmacy your card.');
    expect(denied(CARC, 'constructor').en).toContain('has the code constructor (claim adjustment reason)');
  });

  it('of a prior authorization says why the plan denied it', () => {
    const PDEX = 'http://hl7.org/fhir/us/davinci-pdex/StructureDefinition';
    const action = {
      url: `${PDEX}/extension-reviewAction`,
      extension: [
        {
          url: `${PDEX}/extension-reviewActionCode`,
          valueCodeableConcept: toldCode('https://codesystem.x12.org/005010/306', 'A3'),
        },
        { url: 'reasonCode', valueCodeableConcept: toldCode(DECISION, '0P') },
      ],
    };
    const { en, es } = saidOf(
      toldClaim({ use: 'preauthorization', adjudication: [{ extension: [action] }] }),
    );
    expect(en).toMatch(
      /The plan denied it\. The plan asked for more information and did not get it\. Your provider can send it\. You can appeal\./,
    );
    expect(es).toMatch(/El plan lo negó\. El plan pidió más información y no la recibió\./);
  });
});
