import { describe, expect, it } from '@jest/globals';
import { OperationError } from '../../src/outcome.ts';
import { parseRelatedRequest, relatedRequests } from '../../src/related.ts';
import type { Resource } from '../../src/resource.ts';
import { parseIncludes } from '../../src/search-include.ts';

const to = (reference: string) => ({ reference });
const claim: Resource = {
  resourceType: 'ExplanationOfBenefit',
  id: 'e1',
  patient: to('Patient/anna'),
  insurer: to('Organization/payer'),
  provider: to('Practitioner/p1'),
  payee: { party: to('Patient/ben') },
  careTeam: [{ provider: to('Practitioner/p1') }, { provider: to('PractitionerRole/r1') }],
  insurance: [
    { coverage: to('Coverage/c1/_history/2') },
    { coverage: to('https://other.example/Coverage/9') },
  ],
  facility: to('Location/l1'),
  contained: [{ resourceType: 'Organization', id: 'x', partOf: to('Organization/inner') }],
};

const ask = (query: [string, string][], known = new Set<string>()) => {
  const includes = parseIncludes('ExplanationOfBenefit', query);
  return Object.fromEntries(relatedRequests([claim], includes ?? { include: [], revinclude: [] }, known));
};
const ALL: [string, string][] = [['_include', 'ExplanationOfBenefit:*']];

describe('the requests for the related resources of a page', () => {
  it('go to the owner of each target and contain each reference once, with its version', () => {
    expect(ask(ALL)).toEqual({
      'clinical-service': { include: ['Practitioner/p1', 'PractitionerRole/r1'], revinclude: [] },
      'coverage-service': {
        include: ['Patient/anna', 'Coverage/c1/_history/2', 'Organization/payer', 'Patient/ben'],
        revinclude: [],
      },
    });
  });

  it('go to the organizations and teams of a care team, as to its people', () => {
    const members = ['Practitioner/p1', 'Organization/o1', 'CareTeam/t2'];
    const team: Resource = {
      resourceType: 'CareTeam',
      id: 't1',
      participant: members.map((each) => ({ member: to(each) })),
    };
    const includes = parseIncludes('CareTeam', [['_include', 'CareTeam:participant']]);
    expect(
      Object.fromEntries(relatedRequests([team], includes ?? { include: [], revinclude: [] }, new Set())),
    ).toEqual({
      'clinical-service': { include: ['Practitioner/p1', 'CareTeam/t2'], revinclude: [] },
      'coverage-service': { include: ['Organization/o1'], revinclude: [] },
    });
  });

  it('leave out known references, and add the requested ones to them', () => {
    const known = new Set(['Patient/anna', 'Patient/ben', 'Practitioner/p1', 'PractitionerRole/r1']);
    expect(Object.keys(ask(ALL, known))).toEqual(['coverage-service']);
    expect(ask(ALL, known)).toEqual({});
  });

  it('follow only references to the target that the include names', () => {
    const query: [string, string][] = [['_include', 'ExplanationOfBenefit:care-team:PractitionerRole']];
    expect(ask(query)).toEqual({
      'clinical-service': { include: ['PractitionerRole/r1'], revinclude: [] },
    });
  });

  it('ask the owner of the referring type, whichever service the page comes from', () => {
    const of = ['ExplanationOfBenefit/e1'];
    expect(ask([['_revinclude', 'Provenance:target']])).toEqual({
      'clinical-service': { include: [], revinclude: [{ type: 'Provenance', parameter: 'target', of }] },
    });
  });

  it('are refused when they contain too many references', () => {
    const careTeam = Array.from({ length: 2_001 }, (_, at) => ({ provider: to(`Practitioner/p${at}`) }));
    const includes = parseIncludes('ExplanationOfBenefit', ALL) ?? { include: [], revinclude: [] };
    expect(() => relatedRequests([{ ...claim, careTeam }], includes, new Set())).toThrow(OperationError);
  });
});

describe('a request for related resources', () => {
  it('is parsed as it was written', () => {
    const [question] = Object.values(ask([...ALL, ['_revinclude', 'Provenance:target']]));
    expect(parseRelatedRequest(JSON.stringify(question))).toEqual(question);
  });

  it.each([
    '',
    'null',
    '[]',
    '{}',
    '{"include":[]}',
    '{"include":"Patient/1","revinclude":[]}',
    '{"include":["Patient"],"revinclude":[]}',
    '{"include":["https://other.example/Patient/1"],"revinclude":[]}',
    '{"include":["Patient/.."],"revinclude":[]}',
    '{"include":[],"revinclude":[null]}',
    '{"include":[],"revinclude":[{"type":"Provenance","parameter":"*","of":[]}]}',
    '{"include":[],"revinclude":[{"type":"Provenance","parameter":"recorded","of":[]}]}',
    '{"include":[],"revinclude":[{"type":"constructor","parameter":"name","of":[]}]}',
    '{"include":[],"revinclude":[{"type":"Provenance","parameter":"target","of":[1]}]}',
  ])('is refused when it is %j', (text) => {
    expect(() => parseRelatedRequest(text)).toThrow(OperationError);
  });
});
