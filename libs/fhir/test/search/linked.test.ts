/** Chains into another service, which work where everybody may read. */
import { describe, expect, it } from '@jest/globals';
import { definitions } from '../../src/definitions.ts';
import { publications } from '../../src/publications.ts';
import { parseSearch } from '../../src/search.ts';
import { definitionOf, SEARCH_BASE } from './world.ts';

const roles = definitionOf('PractitionerRole');
const parse = (key: string, value: string, linked?: ReadonlyMap<string, readonly string[]>) =>
  parseSearch(roles, [[key, value]], { base: SEARCH_BASE, strict: false, ...(linked && { linked }) });

describe('a chain into another service', () => {
  it('is refused where nobody can ask that service', () => {
    expect(() => parse('network.name', 'HMO')).toThrow('network.name is not supported.');
  });

  it('is a question for that service, with its modifier', () => {
    expect(parse('network.name:contains', 'HMO', new Map()).questions).toEqual([
      { type: 'Organization', parameter: 'name:contains', value: 'HMO', chain: 'network.name:contains' },
    ]);
    expect(parse('network:Organization.name', 'HMO', new Map()).questions).toHaveLength(1);
  });

  it('is asked once however often the search has it, and once for each value', () => {
    const { questions, clauses } = parseSearch(
      definitionOf('OrganizationAffiliation'),
      [
        ['location.organization', '1'],
        ['location.organization', '1'],
        ['location:Location.organization', '1'],
        ['location.organization', '2'],
      ],
      { base: SEARCH_BASE, strict: false, linked: new Map() },
    );
    expect(questions.map(({ value }) => value)).toEqual(['1', '2']);
    expect(clauses).toHaveLength(4);
  });

  it('is a reference to one of the answers, and matches nothing without one', () => {
    const of = (...ids: string[]) => parse('network.name', 'HMO', new Map([['Organization?name=HMO', ids]]));
    expect(of('a', 'b')).toMatchObject({
      questions: [],
      clauses: [
        {
          parameter: 'network',
          matches: [{ kind: 'reference', values: ['Organization/a', 'Organization/b'] }],
        },
      ],
    });
    expect(of().clauses).toEqual([{ parameter: 'network', matches: [{ kind: 'reference', values: [] }] }]);
  });

  it('is refused as any other for a bad value, a name that the target lacks, and what no guide asks', () => {
    expect(() => parse('network.name', ',', new Map())).toThrow('badly escaped');
    for (const key of ['network.endpoint', 'network.nonsense', 'network:Patient.name'])
      expect(() => parse(key, 'x', new Map())).toThrow('not supported');
  });

  it('has a parameter of its target, which another service keeps; others are of the same service', () => {
    for (const [type, { owner, search }] of definitions)
      for (const [name, { targets: [target = ''] = [], chains = [], publishedChains = [] }] of Object.entries(
        search,
      )) {
        const inner = definitions.get(target);
        for (const chain of chains)
          expect([type, name, chain, inner?.owner]).toEqual([type, name, chain, owner]);
        for (const chain of publishedChains)
          expect([type, name, chain, inner?.owner === owner]).toEqual([type, name, chain, false]);
        for (const chain of [...chains, ...publishedChains])
          expect([type, name, chain, chain in (inner?.search ?? {})]).toEqual([type, name, chain, true]);
      }
  });

  it('is of types that a publication has', () => {
    const published = Object.values(publications).flatMap(({ profiles }) => Object.keys(profiles));
    for (const [type, { search }] of definitions)
      if (Object.values(search).some(({ publishedChains }) => publishedChains))
        expect(published).toContain(type);
  });
});
