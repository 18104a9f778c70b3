import { describe, expect, it } from '@jest/globals';
import { ERROR_ENTRIES } from '@patient-access/fhir';
import { postmanCollection } from '../src/index.ts';
import { API } from './api.ts';

const collection = postmanCollection(API);
const ENTRIES = [...ERROR_ENTRIES.fhir, ...ERROR_ENTRIES.oauth];
type Item = (typeof collection.item)[number]['item'][number];

const requests = (items: readonly Item[]): Item[] =>
  items.flatMap((item) => ('item' in item ? requests(item.item) : [item]));

/** The errors that the scripts of requests expect. */
const errorsOf = (made: typeof collection): Set<string> =>
  new Set([...JSON.stringify(made).matchAll(/says ([a-z0-9-]+)'/g)].map(([, code = '']) => code));

describe('the Postman collection', () => {
  it('provokes each documented error, but those that take more than the requests of an app', () => {
    const provoked = errorsOf(collection);
    const missing = ENTRIES.filter(({ code, takes }) => provoked.has(code) === (takes !== undefined));
    expect(missing.map(({ code }) => code)).toEqual([]);
    expect([...provoked].filter((code) => !ENTRIES.some((entry) => entry.code === code))).toEqual([]);
    expect(provoked.size).toBeGreaterThan(50);
  });

  it('gives each request a name of its own, because scripts go on by name', () => {
    const names = requests(collection.item).map(({ name }) => name);
    expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([]);
    const nexts = [...JSON.stringify(collection).matchAll(/setNextRequest\(\\"([^"\\]+)\\"\)/g)];
    expect(nexts.map(([, name = '']) => name).filter((name) => !names.includes(name))).toEqual([]);
  });

  it('asks for no registration and no sandbox where a plan has none', () => {
    const { registration_endpoint: _, sandbox_endpoint: __, ...smart } = API.smart;
    const provoked = errorsOf(postmanCollection({ ...API, smart }));
    expect(['registration-invalid', 'throttled'].filter((code) => provoked.has(code))).toEqual([]);
  });
});
