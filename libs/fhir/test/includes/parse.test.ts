import { describe, expect, it } from '@jest/globals';
import { capabilityStatement } from '../../src/capability.ts';
import { OFFER } from '../offer.ts';
import { OperationError } from '../../src/outcome.ts';
import { parseIncludes } from '../../src/search-include.ts';

/** The parameters of a query string, as a search receives them. */
const entriesOf = (query: string) =>
  query.split('&').map((pair): [string, string] => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
const parse = (type: string, query: string) => parseIncludes(type, entriesOf(query));

function refusal(type: string, query: string): string | undefined {
  try {
    parse(type, query);
    return undefined;
  } catch (error) {
    return error instanceof OperationError ? `${error.status} ${error.details.parameter}` : String(error);
  }
}

describe('an include', () => {
  it('names a type, and one reference parameter with or without a target, or all parameters', () => {
    const include = [
      { type: 'CareTeam', parameter: 'participant' },
      { type: 'CareTeam', parameter: 'participant', target: 'Practitioner' },
      { type: 'CareTeam', parameter: '*' },
      { type: 'CareTeam', parameter: '*' },
    ];
    const query =
      '_include=CareTeam:participant&_include=CareTeam:participant:Practitioner&_include=CareTeam:*&_include=*';
    expect(parse('CareTeam', query)).toEqual({ include, revinclude: [] });
  });

  it('names, when it is reversed, any type that may refer to the type of the page', () => {
    const revinclude = [
      { type: 'Provenance', parameter: 'target' },
      { type: 'ExplanationOfBenefit', parameter: 'coverage', target: 'Coverage' },
    ];
    const query = '_revinclude=Provenance:target&_revinclude=ExplanationOfBenefit:coverage:Coverage';
    expect(parse('Coverage', query)).toEqual({ include: [], revinclude });
  });

  it('may start at any type when it iterates', () => {
    expect(parse('CareTeam', '_include:iterate=PractitionerRole:practitioner')).toEqual({
      include: [{ type: 'PractitionerRole', parameter: 'practitioner', iterate: true }],
      revinclude: [],
    });
  });

  it('is undefined when the search asks for none', () => {
    expect(parse('Coverage', '_count=1&status=active')).toBeUndefined();
  });

  it.each([
    ['Coverage', '_include='],
    ['Coverage', '_include=payor'],
    ['Coverage', '_include=Coverage'],
    ['Coverage', '_include=Coverage:'],
    ['Coverage', '_include=Coverage:status'],
    ['Coverage', '_include=Coverage:unknown'],
    ['Coverage', '_include=Coverage:constructor'],
    ['Coverage', '_include=Coverage:payor:Practitioner'],
    ['Coverage', '_include=Coverage:payor:'],
    ['Coverage', '_include=Coverage:payor:Organization:x'],
    ['Coverage', '_include=Coverage:*:Organization'],
    ['Coverage', '_include=CareTeam:participant'],
    ['Coverage', '_include=constructor:payor'],
    ['Coverage', '_include=__proto__:payor'],
    ['Coverage', '_include=VerificationResult:target'],
    ['Coverage', '_include:iterate=VerificationResult:*'],
    ['Coverage', '_include=Binary:patient'],
    ['AuditEvent', '_include=AuditEvent:source'],
    ['Coverage', '_include=Coverage:payor,Coverage:subscriber'],
    ['Coverage', '_include:recurse=Coverage:payor'],
    ['Coverage', '_include:=Coverage:payor'],
    ['Practitioner', '_include=*'],
  ])('to a search of %s such as %s is refused', (type, query) => {
    expect(refusal(type, query)).toMatch(/^400 _include/);
  });

  it.each([
    ['Practitioner', '_revinclude=Coverage:payor'],
    ['Coverage', '_revinclude=*'],
    ['Coverage', '_revinclude=Provenance:recorded'],
    ['Coverage', '_revinclude=Provenance:target:Claim'],
    ['Coverage', '_revinclude=Observation:*'],
  ])('to a search of %s such as %s is refused as well', (type, query) => {
    expect(refusal(type, query)).toMatch(/^400 _revinclude/);
  });

  it('is refused as the eleventh of a search', () => {
    const of = (count: number) => Array.from({ length: count }, () => '_include=Coverage:payor').join('&');
    expect(refusal('Coverage', of(10))).toBeUndefined();
    expect(refusal('Coverage', of(11))).toMatch(/^400 _include/);
  });
});

describe('the capability statement', () => {
  const resources = capabilityStatement(OFFER).rest[0]?.resource ?? [];

  it.each(resources.map((resource) => [resource.type, resource]))(
    'lists for %s exactly the includes that a search understands',
    (type, resource) => {
      const { searchInclude = [], searchRevInclude = [] } = resource as {
        searchInclude?: string[];
        searchRevInclude?: string[];
      };
      for (const value of searchInclude) expect(refusal(String(type), `_include=${value}`)).toBeUndefined();
      for (const value of searchRevInclude)
        expect(refusal(String(type), `_revinclude=${value}`)).toBeUndefined();
      if ('searchParam' in (resource as object)) expect(searchRevInclude).toContain('Provenance:target');
    },
  );

  it('names the operation', () => {
    expect(resources.find(({ type }) => type === 'Patient')).toMatchObject({
      operation: [{ name: 'everything', definition: expect.stringContaining('Patient-everything') }],
    });
  });
});
