import { expect, it } from '@jest/globals';
import { accepts, acceptsFhirJson } from '../../src/format.ts';

it.each(['', ' ', undefined, '*/*', 'application/*', 'application/fhir+json', 'text/html, */*;q=0.1'])(
  'P25: Accept %j takes FHIR JSON; an empty one says nothing, and so takes anything',
  (accept) => {
    expect([acceptsFhirJson([], accept), accepts('application/fhir+json', accept)]).toEqual([true, true]);
  },
);

it.each(['text/html', 'application/fhir+xml', '*/*;q=0', ',', 'x'])('Accept %j does not', (accept) => {
  expect(acceptsFhirJson([], accept)).toBe(false);
});
