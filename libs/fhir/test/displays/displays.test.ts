/** Which codings get a display, how it is marked, and how codes are compared with tables. */
import { describe, expect, it } from '@jest/globals';
import { codesWithoutDisplay, keyInTables, type Resource, withDisplays } from '../../src/index.ts';

const ICD = 'http://hl7.org/fhir/sid/icd-10-cm';
const NDC = 'http://hl7.org/fhir/sid/ndc';

const condition = (...coding: object[]): Resource => ({
  resourceType: 'Condition',
  id: 'c',
  code: { coding },
});
const filled = (...coding: object[]) =>
  withDisplays(condition(...coding), ({ code }) => `what ${code} means`);

describe('a display is added', () => {
  it('to a coding that has none, and is marked', () => {
    const coding = { system: ICD, code: 'I10' };
    expect(filled(coding)).toEqual(condition({ ...coding, display: 'what I10 means', userSelected: false }));
  });

  it('in contained resources and extensions too, and the resource that came is left as it was', () => {
    const coding = { system: ICD, code: 'I10' };
    const sent = {
      ...condition(),
      contained: [condition(coding)],
      extension: [{ url: 'u', valueCoding: coding }],
    };
    const before = structuredClone(sent);
    const now = withDisplays(sent, () => 'x');
    expect(JSON.stringify(now).match(/"display":"x"/g)).toHaveLength(2);
    expect(sent).toEqual(before);
  });

  it.each([
    ['one that has a display', { system: ICD, code: 'I10', display: 'sent' }],
    ['one whose display is said to be absent', { system: ICD, code: 'I10', _display: { extension: [] } }],
    [
      'one of which the sender says whether a person selected it',
      { system: ICD, code: 'I10', userSelected: true },
    ],
    ['a code without a system', { code: 'I10' }],
    ['a code that could be several', { system: NDC, code: '0002143380' }],
  ])('not to %s', (_name, coding) => {
    const sent = condition(coding);
    expect(withDisplays(sent, () => 'x')).toBe(sent);
    expect(codesWithoutDisplay(sent)).toEqual([]);
  });

  it('not to a quantity, an identifier or a label of the resource', () => {
    const code = { system: ICD, code: 'I10' };
    const sent = {
      ...condition(),
      valueQuantity: { ...code, value: 1 },
      meta: { security: [code], tag: [code] },
    };
    expect(withDisplays(sent, () => 'x')).toBe(sent);
  });
});

describe('a code is found however it is written', () => {
  it.each([
    [ICD, 'e11.9', 'E119'],
    ['https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set', '2', '02'],
    [
      'https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software',
      '0470',
      '470',
    ],
    [NDC, '0002-1433-80', '00002143380'],
    [NDC, '50242-040-62', '50242004062'],
    [NDC, '60575-4112-1', '60575411201'],
    ['urn:other', 'a.B', 'a.B'],
  ])('%s %s', (system, code, written) => {
    expect(keyInTables({ system, code })).toEqual({ system, code: written });
  });

  it('and under both names of HCPCS', () => {
    const system = 'http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets';
    expect(keyInTables({ system, code: 'j1100' })).toEqual({
      system: system.replace('http', 'https'),
      code: 'J1100',
    });
  });
});
