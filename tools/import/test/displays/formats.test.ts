/** The files of CMS, CDC and FDA as they are published, and the shipped tables. */
import { keyInTables } from '@patient-access/fhir';
import { describe, expect, it, test } from '@jest/globals';
import { type FormatName, readDisplays } from '../../displays/formats.ts';
import { packedTable, ShippedDisplays } from '../../displays/shipped.ts';
import { SHIPPED } from '../../displays/tables.ts';

const order = (code: string, title: string) => `00001 ${code.padEnd(7)} 1 ${'short'.padEnd(60)} ${title}\r\n`;
const hcpcs = (code: string, kind: string, text: string) =>
  `${code.padEnd(5)}00100${kind}${text.padEnd(80)}SHORT\n`;

describe('a published file is read', () => {
  it.each<[FormatName, string[], object[]]>([
    [
      'icd-10-cm',
      [order('A000', 'Cholera due to Vibrio')],
      [{ code: 'A000', display: 'Cholera due to Vibrio' }],
    ],
    ['icd-10-pcs', [order('0016070', 'Bypass')], [{ code: '0016070', display: 'Bypass' }]],
    [
      'hcpcs',
      [
        hcpcs(
          'A0021',
          '3',
          'Ambulance service, outside state per mile, transport (medicaid only), which goes on and',
        ) +
          hcpcs('A0021', '4', ' on') +
          hcpcs('A1', '7', 'Dressing for one wound'),
      ],
      [
        { code: 'A0021', display: expect.stringMatching(/^Ambulance service, .* on$/) },
        { code: 'A1', display: 'Dressing for one wound' },
      ],
    ],
    [
      'ndc',
      [
        'PRODUCTID\tPROPRIETARYNAME\tNONPROPRIETARYNAME\nx1\tZepbound\tTirzepatide\n',
        'PRODUCTID\tPRODUCTNDC\tNDCPACKAGECODE\nx1\t0002-1506\t0002-1506-80\nx2\t0002-9999\t0002-9999-80\n',
      ],
      [{ code: '00002150680', display: 'Zepbound (Tirzepatide)' }],
    ],
    ['cvx', ['3 |MMR |measles, mumps and rubella|note|Active\n'], [{ code: '03' }]],
  ])('%s', (format, texts, displays) => {
    expect(readDisplays(format, texts)).toMatchObject(displays);
  });

  it('only if each row says what is needed', () => {
    const own = (row: string) => () => readDisplays('csv', [`system,version,code,display\n${row}`]);
    expect(own('urn:x,,1')).toThrow('row 2: system, code and display are needed');
    expect(own('urn:x,,1,"one')).toThrow('is not CSV');
    expect(own('http://unitsofmeasure.org,,mg,milligram')).toThrow('units of measure');
  });

  it('only if all files of the format are there', () => {
    expect(() => readDisplays('ndc', ['x'])).toThrow('ndc needs product.txt and package.txt');
  });
});

test.each(SHIPPED)('the shipped table $file is sorted, and finds each of its codes', ({ file, system }) => {
  const table = packedTable(file);
  let [before, count] = ['', 0];
  for (const code of table.codes()) {
    if (Buffer.compare(Buffer.from(before), Buffer.from(code)) >= 0)
      throw new Error(`${before} before ${code}`);
    if (system !== undefined && keyInTables({ system, code })?.code !== code)
      throw new Error(`form of ${code}`);
    if (count % 50 === 0 && !table.find(code)) throw new Error(`no display of ${code}`);
    [before, count] = [code, count + 1];
  }
  expect(count).toBeGreaterThan(50);
  expect(table.find('')).toBeUndefined();
  expect(table.find('~')).toBeUndefined();
});

test('no table has codes in which others hold rights', () => {
  const { displayOf } = new ShippedDisplays();
  for (const [system, code] of [
    ['http://www.ama-assn.org/go/cpt', '99213'],
    ['http://www.ada.org/cdt', 'D0120'],
    ['https://x12.org/codes/claim-adjustment-reason-codes', '45'],
    ['https://www.nubc.org/CodeSystem/RevenueCodes', '0450'],
    ['http://nucc.org/provider-taxonomy', '207Q00000X'],
    ['http://loinc.org', '4548-4'],
    ['http://snomed.info/sct', '44054006'],
    ['http://terminology.hl7.org/CodeSystem/ADAUniversalToothDesignationSystem', '1'],
  ] as const)
    expect(displayOf({ system, code })).toBeUndefined();
  expect(
    displayOf({ system: 'https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets', code: 'D0120' }),
  ).toBeUndefined();
});
