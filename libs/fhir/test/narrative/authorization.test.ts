/** The narratives of prior authorizations. */
import { describe, expect, it } from '@jest/globals';
import {
  saidOf as said,
  TOLD_ADJUDICATION as ADJUDICATION,
  TOLD_CARC as CARC,
  toldClaim as claim,
  toldCode as code,
} from './told.ts';

describe('of a prior authorization', () => {
  const action = (decision: string) => ({
    extension: [
      {
        url: 'http://hl7.org/fhir/us/davinci-pdex/StructureDefinition/extension-reviewAction',
        extension: [
          {
            url: 'http://hl7.org/fhir/us/davinci-pdex/StructureDefinition/extension-reviewActionCode',
            valueCodeableConcept: code('https://codesystem.x12.org/005010/306', decision),
          },
        ],
      },
    ],
  });
  const request = (decision: string, more: object = {}) =>
    claim({ use: 'preauthorization', adjudication: [{ ...action(decision), ...more }] });

  it('says what was asked and what the plan decided', () => {
    expect(
      said(claim({ ...request('A1'), preAuthRefPeriod: [{ start: '2025-07-01', end: '2025-09-01' }] })).en,
    ).toBe(
      'Request to approve Dental check by Ivan Nguyen, for Selma Whitlow, of June 23, 2025. The plan approved it. ' +
        'It is valid from July 1, 2025 to September 1, 2025.',
    );
    expect(said(claim({ use: 'preauthorization', outcome: 'queued' })).es).toMatch(
      / El plan aún no ha decidido\.$/,
    );
  });

  it('says why it was denied, and that the member can appeal', () => {
    expect(said(request('A3', { reason: code(CARC, '50') }), { appealDays: 180 }).en).toMatch(
      /The plan denied it\. The plan says that it is not medically necessary\..* You can appeal\. The plan’s letter says how, and by when\.$/,
    );
  });
});

describe('of a prior authorization with what PDex 2.2 adds', () => {
  const PDEX = 'http://hl7.org/fhir/us/davinci-pdex';
  const PAS = 'http://hl7.org/fhir/us/davinci-pas/StructureDefinition';
  const decided = (decision: string) => [
    {
      url: `${PDEX}/StructureDefinition/extension-reviewAction`,
      extension: [
        {
          url: `${PDEX}/StructureDefinition/extension-reviewActionCode`,
          valueCodeableConcept: code('https://codesystem.x12.org/005010/306', decision),
        },
      ],
    },
    {
      url: `${PDEX}/StructureDefinition/base-ext-when-adjudicated`,
      valueDateTime: '2025-06-26T14:00:00Z',
    },
  ];
  const units = (name: string, value: number) => ({
    category: code(`${PDEX}/CodeSystem/PDexAdjudicationDiscriminator`, name),
    value,
  });
  const of = (decision: string, more: object = {}, entries: object[] = []) =>
    said(
      claim({
        use: 'preauthorization',
        item: [
          {
            sequence: 1,
            productOrService: { text: 'Therapy' },
            quantity: { value: 24 },
            adjudication: entries,
          },
        ],
        adjudication: [{ category: code(ADJUDICATION, 'submitted'), extension: decided(decision) }],
        ...more,
      }),
      { appealDays: 60 },
    );

  it('says when the plan approved a part, how much is used and left, why, and by when to appeal', () => {
    const { en, es } = of('A2', {}, [
      units('allowedunits', 12),
      units('consumedunits', 5),
      { category: units('denialreason', 0).category, reason: code(CARC, '151') },
    ]);
    expect(en).toMatch(
      /The plan approved a part of it on June 26, 2025\. Approved 12 of 24, used 5, left 7\. The plan says that what .* this many times\..* You can appeal until August 25, 2025\./,
    );
    expect(es).toMatch(
      /El plan aprobó una parte el 26 de junio de 2025\. Aprobado 12 de 24, usado 5, queda 7\. .* hasta el 25 de agosto de 2025\./,
    );
  });

  describe('that was appealed', () => {
    const kind = (code: string) => ({
      url: `${PAS}/extension-certificationType`,
      valueCodeableConcept: { coding: [{ system: 'https://codesystem.x12.org/005010/1322', code }] },
    });

    it('says of the appeal that it is one, what the plan decided and wrote, and not that one can appeal', () => {
      const processNote = [{ text: 'Another doctor looked at it.' }];
      const { en, es } = of('A3', { extension: [kind('2')], processNote });
      expect(en).toMatch(
        /It is an appeal against an earlier decision of the plan\. The plan denied it on June 26, 2025\. The plan’s letter says whether you can ask for another review, and by when\. The plan says: “Another doctor looked at it\.”$/,
      );
      expect(es).toMatch(
        /Es una apelación contra una decisión anterior del plan\. El plan lo negó .* si puede pedir otra revisión, y hasta cuándo\./,
      );
      expect(of('A1', { extension: [kind('1')] }).en).toMatch(
        / an appeal .* The plan approved it on .*2025\.$/,
      );
      expect(of('A3', { extension: [kind('R')] }).en).not.toContain('It is an appeal');
    });

    it('says of the first decision that the plan has decided again, and names no day to appeal', () => {
      const { en, es } = of('A3', { related: [{ relationship: code('urn:x', 'replacedby') }] });
      expect(en).toMatch(
        /denied it on June 26, 2025\. The plan has decided again since then\. That decision stands in another request\.$/,
      );
      expect(es).toMatch(/ Después el plan decidió de nuevo\. Esa decisión está en otra solicitud\.$/);
    });
  });

  it('says who reviewed a denial, and the stay that was asked for', () => {
    const specialty = { text: 'Orthopedic surgery' };
    const reviewer = {
      url: `${PAS}/extension-claimResponseReviewer`,
      extension: [
        { url: 'wasHumanReviewedFlag', valueBoolean: true },
        { url: 'reviewerSpecialty', valueCodeableConcept: specialty },
      ],
    };
    const stay = {
      url: `${PAS}/extension-admissionDates`,
      valuePeriod: { start: '2025-07-01', end: '2025-07-04' },
    };
    const { en, es } = of('A3', {
      extension: [reviewer],
      item: [{ sequence: 1, productOrService: { text: 'Surgery' }, extension: [stay] }],
    });
    expect(en).toMatch(
      /For a stay from July 1, 2025 to July 4, 2025\. The plan denied it on June 26, 2025\. A person reviewed it \(Orthopedic surgery\)\. You can appeal until/,
    );
    expect(es).toMatch(
      /El plan lo negó el 26 de junio de 2025\. Una persona lo revisó \(Orthopedic surgery\)\./,
    );
  });

  it('says the reasons that stand beside the decision, and that lines with different ones are a part', () => {
    const reviewed = (decision: string, reason?: string) => {
      const [action, when] = decided(decision);
      const why = { url: 'reasonCode', valueCodeableConcept: { text: reason } };
      const extension = [...(action?.extension ?? []), ...(reason ? [why] : [])];
      return [{ category: code(ADJUDICATION, 'submitted'), extension: [{ ...action, extension }, when] }];
    };
    const { en } = of('A3', { adjudication: reviewed('A3', 'Try therapy first') });
    expect(en).toMatch(/denied it on June 26, 2025\. The plan's reason: Try therapy first\. You can appeal/);
    const lines = [reviewed('A1'), reviewed('A3', 'Not shown')].map((adjudication) => ({ adjudication }));
    expect(of('', { adjudication: [], item: lines }).en).toMatch(
      /approved a part of it on June 26, 2025\. The plan's reason: Not shown\. You can appeal/,
    );
  });

  it('names no day for what is open, and nothing to appeal for what was cancelled', () => {
    expect(of('A4', { outcome: 'queued' }).en).toMatch(/The plan has not decided yet\.$/);
    expect(of('C', { status: 'cancelled' }).en).toMatch(/It was cancelled on June 26, 2025\.$/);
  });
});
