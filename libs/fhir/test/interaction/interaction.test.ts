import { describe, expect, it } from '@jest/globals';
import { interactionOf, refusalForEverybody } from '../../src/interaction.ts';
import { OperationError } from '../../src/outcome.ts';

function outcomeOf(method: string, path: string): unknown {
  try {
    return interactionOf(method, path);
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    return error.status;
  }
}

describe('an interaction', () => {
  it.each([
    ['GET', 'Patient/1', { interaction: 'read', type: 'Patient', id: '1' }],
    ['HEAD', 'Patient/1', { interaction: 'read', type: 'Patient', id: '1' }],
    ['GET', 'Patient/1/_history', { interaction: 'history-instance', type: 'Patient', id: '1' }],
    ['GET', 'Patient/1/_history/2', { interaction: 'vread', type: 'Patient', id: '1', version: '2' }],
    ['GET', 'Patient', { interaction: 'search-type', type: 'Patient' }],
    ['HEAD', 'Patient', { interaction: 'search-type', type: 'Patient' }],
    ['POST', 'Patient/_search', { interaction: 'search-type', type: 'Patient' }],
  ])('%s %s', (method, path, expected) => {
    expect(outcomeOf(method, path)).toEqual(expected);
  });

  it.each([
    '/',
    '/Patient',
    'Patient/',
    'Patient//1',
    'Patient/.',
    'Patient/..',
    'Patient/..%2fCoverage',
    'Patient/%2e%2e',
    'Patient/%252e',
    '%50atient',
    '%61',
    'Patient/1;x=1',
    'Patient/..;a=b',
    'Patient;x=1/1',
    'Patient/1/',
    'Patient/1/..',
    'Patient/1/x.css',
    'patient/1',
    'PATIENT/1',
    'Patient/a b',
    'Patient/a%00',
    'Observation/$everything',
    'Patient/$export',
    'Patient/$constructor',
    'Patient/1/2/$everything',
    'Patient/../$everything',
    'Patient/$everything/1',
    '$related',
    'Patient/$related',
    '$export',
    '_history',
    'Patient/_history',
    'Patient/1/_history/1/2',
    'Patient/1/_history/..',
    'Patient/1/_history/a_b',
    `Patient/1/_history/${'1'.repeat(65)}`,
    'Patient/_search/1',
    `Patient/${'a'.repeat(65)}`,
    'Parameters/1',
    'constructor/1',
    '__proto__/1',
    'toString',
  ])('does not exist at %j, with any method', (path) => {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'get', ''])
      expect([method, outcomeOf(method, path)]).toEqual([method, 404]);
  });

  it.each(['', '_search', 'Patient/1/Observation', 'Practitioner/1/Observation', 'Device/d/Observation'])(
    'F29, F30: is refused at %j for several types at once, with any method',
    (path) => {
      for (const method of ['GET', 'HEAD', 'PUT', 'DELETE'])
        expect([method, outcomeOf(method, path)]).toEqual([method, 403]);
    },
  );

  it('F26: is refused for a batch', () => {
    expect(outcomeOf('POST', '')).toBe(405);
    expect(() => interactionOf('POST', '')).toThrow(
      'Batches and transactions are not taken: send each request by itself.',
    );
    expect(outcomeOf('POST', '_search')).toBe(403);
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'get', ''])(
    'is refused for the method %s, and the answer names the methods that are allowed',
    (method) => {
      for (const path of ['Patient', 'Patient/1', 'Patient/1/_history/1'])
        expect(outcomeOf(method, path)).toBe(405);
      if (method !== 'POST') expect(outcomeOf(method, 'Patient/_search')).toBe(405);
    },
  );

  it.each([
    ['Observations', 'There is no resource type Observations here. Is Observation meant?'],
    ['patient/1', 'There is no resource type patient here. Is Patient meant?'],
    ['Obsevation/1', 'Is Observation meant?'],
    ['ExplanationOfBenefits', 'Is ExplanationOfBenefit meant?'],
    ['Medicament', 'There is no resource type Medicament here. The CapabilityStatement at metadata'],
    [
      '$export',
      'There is no operation $export at this place. The base of members has Coverage/$benefit-balance, DocumentReference/$docref, Patient/$everything',
    ],
    ['$graphql', 'There is no operation $graphql at this place.'],
    ['Patient/$export', 'There is no operation $export at this place. Patient has Patient/$everything.'],
    [
      'Observation/1/$lastn',
      'The base of members has Coverage/$benefit-balance, DocumentReference/$docref, Patient/$everything',
    ],
  ])('says what was probably meant by %s', (path, text) => {
    expect(() => interactionOf('GET', path)).toThrow(text);
  });

  it.each(['{id}', ':id', '%7Bid%7D', 'a b', 'a'.repeat(65), '<id>'])(
    'says that Patient/%s has no id, without repeating it',
    (id) => {
      const refused = () => interactionOf('GET', `Patient/${id}`);
      expect(refused).toThrow(/^What follows Patient is no id\..*placeholder/);
      expect(refused).not.toThrow(id);
    },
  );

  it.each(['Patient/1/x.css', 'Patient/Patient/1', 'Patient/1/_history/2/3'])(
    'says how a path is made instead of %s',
    (path) => {
      expect(() => interactionOf('GET', path)).toThrow('A path is Patient/id, Patient/id/_history or');
    },
  );

  it.each(['metadata', 'openapi.json', 'postman.json', '.well-known/smart-configuration'])(
    'at %s is for reading alone: it is published',
    (path) => {
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
        expect([method, outcomeOf(method, path)]).toEqual([method, 405]);
      expect(outcomeOf('GET', path)).toBe(404);
    },
  );

  it('says that two slashes are one too many', () => {
    expect(() => interactionOf('GET', '/Patient')).toThrow(/^One slash follows the FHIR base, not two/);
  });

  it('says where a history is, to who asks for that of all types', () => {
    expect(() => interactionOf('GET', '_history')).toThrow(/^There is no history of all types\./);
  });

  it.each([
    ['GET', '/Patient', 404],
    ['GET', 'fhir/Patient', 404],
    ['GET', 'r4', 404],
    ['GET', 'patient/1', 404],
    ['GET', '__proto__/1', 404],
    ['POST', 'metadata', 405],
    ['POST', '.well-known/smart-configuration', 405],
  ])('%s %s is refused for everybody, as for who has a token', (method, path, status) => {
    expect(refusalForEverybody(method, path)).toMatchObject({ status });
    expect(() => interactionOf(method, path)).toThrow(refusalForEverybody(method, path)?.message);
  });

  it.each(['', '_search', 'Patient', 'Patient/1', 'Patient/1/x', 'Binary', '$export', 'Patient/$export'])(
    'at %j asks for a token first, with any method',
    (path) => {
      for (const method of ['GET', 'POST', 'PUT', 'TRACE'])
        expect(refusalForEverybody(method, path)).toBeUndefined();
    },
  );

  it.each(['a<b>/1', '"Patient"', 'x'.repeat(65)])('repeats nothing of %j', (path) => {
    expect(() => interactionOf('GET', path)).toThrow(/^There is no such resource\.$/);
  });

  it('names the allowed methods in a refusal', () => {
    expect(() => interactionOf('PUT', 'Patient/1')).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ headers: { Allow: 'GET, HEAD' } }) }),
    );
    expect(() => interactionOf('GET', 'Patient/_search')).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ headers: { Allow: 'POST' } }) }),
    );
  });
});
