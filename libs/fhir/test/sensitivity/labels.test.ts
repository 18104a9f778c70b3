import { describe, expect, it } from '@jest/globals';
import { sensitivityLabels } from '../../src/sensitivity.ts';

const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
const labelled = (security: unknown) => ({ resourceType: 'Condition', id: 'c', meta: { security } });

describe('labels that a member has to release', () => {
  it.each([
    ['none', undefined, []],
    ['none from an empty list', [], []],
    ['none where the element is not a list', { system: ACT, code: 'ETH' }, []],
    ['a reason', [{ system: ACT, code: 'ETH' }], [`${ACT}|ETH`]],
    [
      'each reason once, sorted',
      ['PSY', 'ETH', 'PSY'].map((code) => ({ system: ACT, code })),
      [`${ACT}|ETH`, `${ACT}|PSY`],
    ],
    ['restricted alone', [{ system: CONFIDENTIALITY, code: 'R' }], [`${CONFIDENTIALITY}|R`]],
    [
      'the reason, not that it is restricted',
      [
        { system: CONFIDENTIALITY, code: 'R' },
        { system: ACT, code: 'HIV' },
      ],
      [`${ACT}|HIV`],
    ],
    ['none for normal confidentiality', [{ system: CONFIDENTIALITY, code: 'N' }], []],
    [
      'none for test data',
      [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HTEST' }],
      [],
    ],
    ['a code of the plan', [{ system: 'urn:plan', code: 'staff' }], ['urn:plan|staff']],
    ['a code without a system', [{ code: 'secret' }], ['|secret']],
    ['an empty coding', [{}], ['|']],
  ])('%s', (_name, security, labels) => {
    expect(sensitivityLabels(labelled(security))).toEqual(labels);
  });

  const R = { system: CONFIDENTIALITY, code: 'R' };
  const ETH = { system: ACT, code: 'ETH' };
  it.each([
    ['restricted, where the reason is that of what it contains', [R], [ETH]],
    ['that what it contains is restricted, beside its own reason', [ETH], [R]],
  ])('%s', (_name, own, inner) => {
    const contained = [{ ...labelled(inner), resourceType: 'Medication' }];
    expect(sensitivityLabels({ ...labelled(own), contained })).toEqual([
      `${ACT}|ETH`,
      `${CONFIDENTIALITY}|R`,
    ]);
  });
});
