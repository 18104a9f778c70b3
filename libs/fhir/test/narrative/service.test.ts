/** What a narrative says was done: in words, or by a code and its kind. */
import { expect, it } from '@jest/globals';
import { saidOf as said, toldClaim as claim, toldCode as code } from './told.ts';

const [CPT, CDT] = ['http://www.ama-assn.org/go/cpt', 'http://www.ada.org/cdt'];
const [cleaning, visit] = [code(CDT, 'D1110'), code(CPT, '99213')];
const ofPlan = code('urn:plan:services', 'x1');
const none = code('http://terminology.hl7.org/CodeSystem/data-absent-reason', 'not-applicable');
it.each<[string, object[], string, string]>([
  [
    'a code of CDT',
    [cleaning],
    ' (CDT dental procedure code D1110)',
    ' (código de procedimiento dental CDT D1110)',
  ],
  [
    'codes of CPT and others',
    [none, ofPlan, visit, cleaning],
    ' (CPT procedure code 99213, and 2 more)',
    ' (código de procedimiento CPT 99213, y 2 más)',
  ],
  [
    'a code, and a service in words',
    [visit, { text: 'Dental check' }, none],
    ' (Dental check, and 1 more)',
    ' (Dental check, y 1 más)',
  ],
  ['a code of the plan', [ofPlan], '', ''],
  ['nothing', [none], '', ''],
])('says what was done where lines have no words: %s', (_, services, en, es) => {
  const item = services.map((productOrService) => ({ productOrService }));
  const told = said(claim({ item }));
  expect(told.en).toContain(`Dental care${en} on June 14`);
  expect(told.es).toContain(`Atención dental${es} el 14 de junio`);
  const asked = said(claim({ item, use: 'preauthorization' }));
  expect(asked.en).toContain(`Request to approve ${/\((.*)\)/.exec(en)?.[1] ?? 'care'} by Ivan`);
});
