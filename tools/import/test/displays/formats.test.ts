/** The files of CMS, CDC and FDA as they are published, and the shipped tables. */
import { keyInTables } from '@patient-access/fhir';
import { describe, expect, it, test } from '@jest/globals';
import { type FormatName, readDisplays, decodedText } from '../../displays/formats.ts';
import { packedTable, ShippedDisplays } from '../../displays/shipped.ts';
import { SHIPPED } from '../../displays/tables.ts';

const order = (code: string, title: string) => `00001 ${code.padEnd(7)} 1 ${'short'.padEnd(60)} ${title}\r\n`;
const hcpcs = (code: string, kind: string, text: string) =>
  `${code.padEnd(5)}00100${kind}${text.padEnd(80)}SHORT\n`;

/** A line of RXNCONSO.RRF. */
const rxnorm = (code: string, source: string, kind: string, name: string, suppressed = 'N') =>
  `${[code, 'ENG', '', '', '', '', '', '1', '', code, '', source, kind, code, name, '', suppressed, ''].join('|')}|\n`;

test('the text of a file is that of UTF-8, or of Windows-1252 where it was published so', () => {
  const [ours, theirs] = [Buffer.from('\uFEFFKühl®'), Buffer.from('Kühl®', 'latin1')];
  expect([decodedText('ndc', ours), decodedText('ndc', theirs), decodedText('csv', ours)]).toEqual(
    Array(3).fill('Kühl®'),
  );
  expect(() => decodedText('csv', theirs)).toThrow('not UTF-8');
});

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
    [
      'ms-drg',
      [
        'TABLE 5.—LIST OF MEDICARE SEVERITY DIAGNOSIS-RELATED GROUPS—FY 2027 Final Rule\t\t\t\r\n' +
          'MS-DRG\t"FY 2027\n Post-Acute DRG"\tMDC\tTYPE\t"MS-DRG\n Title"\tWeights\r\n' +
          '1\tNo\tPRE\tSURG\t"HEART TRANSPLANT, OR IMPLANT OF ""ASSIST"" SYSTEM WITH MCC"\t28.1\r\n' +
          '998\tNo\t\t**\tPRINCIPAL DIAGNOSIS 5" INVALID\t0\r\n' +
          '* These groups have no weight.\t\t\r\n',
      ],
      [
        { code: '001', display: 'HEART TRANSPLANT, OR IMPLANT OF "ASSIST" SYSTEM WITH MCC' },
        { code: '998', display: 'PRINCIPAL DIAGNOSIS 5" INVALID' },
      ],
    ],
    [
      'place-of-service',
      [
        '\uFEFFPlace of Service Code(s),Place of Service Name,Place of Service Description\n' +
          '3,School,"A facility, whose purpose is education."\n' +
          '27-30,Unassigned,N/A\n68,Unassigned,N/A\n66,PACE Center,x\n',
      ],
      [
        { code: '03', display: 'School' },
        { code: '66', display: 'PACE Center' },
      ],
    ],
    [
      'rxnorm',
      [
        rxnorm('6809', 'RXNORM', 'IN', 'metformin') +
          rxnorm('6809', 'RXNORM', 'SY', 'a synonym') +
          rxnorm('6809', 'MMSL', 'CD', 'of another source') +
          rxnorm('9', 'RXNORM', 'SCD', 'the name of today') +
          rxnorm('9', 'RXNORM', 'SCD', 'a former name', 'O') +
          rxnorm('8', 'RXNORM', 'SCD', 'retired', 'O'),
      ],
      [
        { code: '9', display: 'the name of today' },
        { code: '8', display: 'retired' },
        { code: '6809', display: 'metformin' },
      ],
    ],
  ])('%s', (format, texts, displays) => {
    expect(readDisplays(format, texts)).toMatchObject(displays);
    expect(readDisplays(format, texts)).toHaveLength(displays.length);
  });

  it('only if each row says what is needed', () => {
    const own = (row: string) => () => readDisplays('csv', [`system,version,code,display\n${row}`]);
    expect(own('urn:x,,1')).toThrow('row 2: system, code and display are needed');
    expect(own('urn:x,,1,"one')).toThrow('is not CSV');
    expect(own('http://unitsofmeasure.org,,mg,milligram')).toThrow('units of measure');
  });

  it.each<[FormatName, string, string]>([
    ['ms-drg', 'MS-DRG\tTitle\n001\tHEART\n', 'the columns MS-DRG, MS-DRG Title are needed'],
    [
      'place-of-service',
      'Code,Name\n03,School\n',
      'the columns Place of Service Code(s), Place of Service Name',
    ],
    ['rxnorm', `${rxnorm('6809', 'RXNORM', 'IN', 'metformin')}6809|ENG|metformin|\n`, 'line 2: 18 columns'],
    ['rxnorm', rxnorm('6809', 'MMSL', 'CD', 'of another source'), 'no displays in the file'],
  ])('only if it is a file of %s', (format, text, problem) => {
    expect(() => readDisplays(format, [text])).toThrow(problem);
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
