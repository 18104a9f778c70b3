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

it.each([
  'application/fhir+json; fhirVersion=4.0',
  'application/fhir+json;fhirVersion="4.0.1"; charset=utf-8',
  'application/fhir+json ; fhirVersion=4.0',
])('takes R4 by its name, as Accept and as _format: %s', (type) => {
  expect([acceptsFhirJson([], type), acceptsFhirJson([type], undefined)]).toEqual([true, true]);
  expect(acceptsFhirJson([type.replace('+', ' ')], 'text/html')).toBe(true);
});

it.each([
  'application/fhir+json; fhirVersion=3.0',
  'application/fhir+json;fhirVersion=5.0;q=1',
  'json;fhirVersion=4.3',
])('does not take another version of FHIR: %s', (type) => {
  expect([acceptsFhirJson([], type), acceptsFhirJson([type], undefined)]).toEqual([false, false]);
});

it('takes a client that would take another version, too', () => {
  expect(
    acceptsFhirJson([], 'application/fhir+json; fhirVersion=4.0, application/fhir+json; fhirVersion=5.0'),
  ).toBe(true);
});
