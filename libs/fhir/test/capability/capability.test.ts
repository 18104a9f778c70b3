import { describe, expect, it } from '@jest/globals';
import { searchBundle } from '../../src/bundle.ts';
import { capabilityStatement } from '../../src/capability.ts';
import { definitions, servedTypes } from '../../src/definitions.ts';
import { profilesIn } from '../../src/guides/guide-sets.ts';
import { BENEFIT_BALANCE, benefitBalanceDefinition } from '../../src/definitions/benefit-balance.ts';
import { OperationError } from '../../src/outcome.ts';
import { publicationCapabilities } from '../../src/publication-capabilities.ts';
import { publications } from '../../src/publications.ts';
import { parseSearch } from '../../src/search.ts';
import { OFFER } from '../offer.ts';

const BASE = 'https://plan.example/payer/patient-access/v2/north';
const statement = capabilityStatement({ ...OFFER, base: BASE });
const resources = statement.rest[0]?.resource ?? [];

describe('the capability statement', () => {
  it('lists exactly what the definitions contain', () => {
    expect(resources.map(({ type }) => type)).toEqual(servedTypes);
    for (const { type, interaction, supportedProfile = [] } of resources) {
      const definition = definitions.get(type);
      expect(interaction.map(({ code }) => code)).toEqual(definition?.interactions);
      expect(supportedProfile).toEqual(profilesIn('2023', definition?.profiles ?? []));
    }
  });

  it('names guides and capability statements with and without their versions', () => {
    expect(statement.instantiates).toEqual([
      'http://hl7.org/fhir/us/core/CapabilityStatement/us-core-server',
      'http://hl7.org/fhir/us/core/CapabilityStatement/us-core-server|6.1.0',
      'http://hl7.org/fhir/us/carin-bb/CapabilityStatement/c4bb',
      'http://hl7.org/fhir/us/carin-bb/CapabilityStatement/c4bb|2.0.0',
      'http://hl7.org/fhir/us/insurance-card/CapabilityStatement/c4dic',
      'http://hl7.org/fhir/us/insurance-card/CapabilityStatement/c4dic|1.1.0',
    ]);
    for (const guide of statement.implementationGuide) expect(guide).toMatch(/\|\d+\.\d+\.\d+$/);
  });

  it('names the guides and profiles of the set that the plan has chosen', () => {
    const { instantiates, implementationGuide, rest } = capabilityStatement({ ...OFFER, guides: '2027' });
    expect(instantiates).toEqual([
      'http://hl7.org/fhir/us/core/CapabilityStatement/us-core-server',
      'http://hl7.org/fhir/us/core/CapabilityStatement/us-core-server|7.0.0',
      'http://hl7.org/fhir/us/carin-bb/CapabilityStatement/c4bb',
      'http://hl7.org/fhir/us/carin-bb/CapabilityStatement/c4bb|2.2.0',
      'http://hl7.org/fhir/us/insurance-card/CapabilityStatement/c4dic',
      'http://hl7.org/fhir/us/insurance-card/CapabilityStatement/c4dic|1.1.0',
    ]);
    expect(implementationGuide).toContain(
      'http://hl7.org/fhir/us/davinci-pdex/ImplementationGuide/hl7.fhir.us.davinci-pdex|2.2.0',
    );
    const profilesOf = (name: string, all: typeof resources) =>
      all.find(({ type }) => type === name)?.supportedProfile ?? [];
    const later = profilesOf('ExplanationOfBenefit', rest[0]?.resource ?? []);
    expect(later).toContain(
      'http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit-Oral-Basis|2.2.0',
    );
    expect(later).toContain(
      'http://hl7.org/fhir/us/davinci-pdex/StructureDefinition/pdex-priorauthorization|2.2.0',
    );
    expect(later.join()).not.toContain('|2.0.0');
    expect(profilesOf('ExplanationOfBenefit', resources).join()).not.toContain('Basis');
  });

  it('names operations by their canonical URLs without versions', () => {
    const operations = resources.flatMap((each) => ('operation' in each ? (each.operation ?? []) : []));
    expect(operations.length).toBeGreaterThan(0);
    for (const { definition } of operations) expect(definition).not.toContain('|');
    expect(operations).toContainEqual({ name: 'benefit-balance', definition: `${BASE}/${BENEFIT_BALANCE}` });
    expect(benefitBalanceDefinition({ ...OFFER, base: BASE }).url).toBe(`${BASE}/${BENEFIT_BALANCE}`);
  });

  it('names the plan that runs it, a contact, the release, and the address of the documentation', () => {
    expect(statement).toMatchObject({
      publisher: 'Northwind Health Plan',
      contact: [
        {
          name: 'Northwind Health Plan',
          telecom: [
            { system: 'url', value: 'https://northwind.example' },
            { system: 'email', value: 'api@northwind.example' },
          ],
        },
      ],
      software: { version: '1.2.3', releaseDate: '2026-11-26' },
      rest: [{ documentation: expect.stringContaining(OFFER.errors) }],
    });
    expect(capabilityStatement({ ...OFFER, plan: { name: 'A plan' } })).not.toHaveProperty('contact');
  });

  it('claims to implement only the Patient Access API of PDex', () => {
    expect(statement.description).toContain('does not serve provider access, payer-to-payer exchange');
  });

  it('has in oauth-uris each endpoint that the plan has, and no others', () => {
    const endpoints = {
      authorize: 'https://a',
      token: 'https://t',
      register: undefined,
      manage: 'https://m',
      introspect: 'https://i',
      revoke: 'https://r',
    };
    const [rest] = capabilityStatement({ ...OFFER, endpoints }).rest;
    expect(rest?.security.extension?.[0]?.extension.map(({ url }) => url)).toEqual([
      'authorize',
      'token',
      'manage',
      'introspect',
      'revoke',
    ]);
  });

  it('names no type that is not served', () => {
    expect(resources.map(({ type }) => type)).not.toContain('VerificationResult');
  });

  it.each(
    resources.filter((resource) => 'searchParam' in resource).map((resource) => [resource.type, resource]),
  )('lists for %s exactly the parameters that a search understands', (type, resource) => {
    const definition = definitions.get(type as string);
    const listed = (resource as { searchParam: { name: string; type: string }[] }).searchParam;
    const expected = [
      '_id',
      '_lastUpdated',
      '_profile',
      '_security',
      '_tag',
      ...Object.keys(definition?.search ?? {}),
    ];
    expect(listed.map(({ name }) => name)).toEqual(expected);
    const example = {
      token: 'x',
      date: '2026',
      reference: 'Organization/x',
      string: 'x',
      uri: 'urn:x',
      number: '5',
      quantity: '5.4',
    };
    for (const { name: listedName, type: kind } of listed) {
      const name = definition?.search[listedName]?.byIdentifier ? `${listedName}:identifier` : listedName;
      const value = example[kind as keyof typeof example];
      const parse = () => parseSearch(definition as never, [[name, value]], { base: BASE, strict: true });
      expect(parse).not.toThrow(OperationError);
    }
  });

  it('says of each type which changes _lastUpdated detects, as US Core asks', () => {
    const all = [statement, publicationCapabilities(publications['provider-directory'], OFFER)];
    const searched = all
      .flatMap(({ rest }) => rest[0]?.resource ?? [])
      .flatMap((each) => ('searchParam' in each ? [{ type: each.type, parameters: each.searchParam }] : []));
    expect(searched.length).toBeGreaterThan(50);
    for (const { type, parameters } of searched)
      expect(parameters).toContainEqual({
        name: '_lastUpdated',
        type: 'date',
        // An AuditEvent is made when somebody reads it. Its time is that of its record, also where another record adds to it.
        documentation: expect.stringMatching(
          type === 'AuditEvent' ? /new.*not.*added.*broke off/ : /new.*changed.*deleted/,
        ),
      });
  });

  const searchesIn = ({ rest }: typeof statement) =>
    (rest[0]?.resource ?? []).flatMap((each) =>
      'searchParam' in each
        ? [{ type: each.type, searchParam: each.searchParam ?? [], searchInclude: each.searchInclude ?? [] }]
        : [],
    );

  it('names no include that can lead to nothing that the plan offers', () => {
    const some = capabilityStatement({ ...OFFER, types: ['Patient', 'Condition', 'CareTeam'] });
    const included = searchesIn(some).map(({ type, searchInclude }) => [type, searchInclude]);
    expect(included).toEqual([
      ['Patient', []],
      ['Condition', ['Condition:*', 'Condition:patient', 'Condition:subject']],
      ['CareTeam', ['CareTeam:*', 'CareTeam:patient', 'CareTeam:subject', 'CareTeam:participant']],
    ]);
  });

  it('of what is published names neither members nor chains into types that are not there', () => {
    const [basic, ...others] = searchesIn(
      publicationCapabilities(publications.formulary, OFFER) as unknown as typeof statement,
    );
    expect(basic?.searchParam.map(({ name }) => name)).not.toContain('patient');
    expect(basic?.searchInclude).toEqual(['Basic:*', 'Basic:subject', 'Basic:formulary']);
    const chains = others.flatMap(({ searchParam }) =>
      searchParam.flatMap(({ documentation = '' }) => (/^Chains/.test(documentation) ? documentation : [])),
    );
    expect(chains).toEqual(['Chains: partof.address, partof.organization, partof.type']);
  });

  it('is plain JSON without undefined values and empty arrays', () => {
    expect(JSON.parse(JSON.stringify(statement))).toEqual(statement);
    expect(JSON.stringify(statement)).not.toContain('[]');
  });
});

describe('a search bundle', () => {
  it('contains bodies unchanged, with fullUrl and links', () => {
    const pieces = searchBundle(BASE, 'b-1', {
      entries: [{ type: 'Claim', id: '1', body: '{"resourceType":"Claim","id":"1","total":{"value":1.50}}' }],
      self: `${BASE}/Claim?_count=1`,
      next: `${BASE}/Claim?_cursor=x"y`,
      total: 2,
    });
    const bundle = pieces.join('');
    expect(bundle).toContain('"value":1.50');
    expect(JSON.parse(bundle)).toEqual({
      resourceType: 'Bundle',
      id: 'b-1',
      type: 'searchset',
      total: 2,
      link: [
        { relation: 'self', url: `${BASE}/Claim?_count=1` },
        { relation: 'next', url: `${BASE}/Claim?_cursor=x"y` },
      ],
      entry: [
        {
          fullUrl: `${BASE}/Claim/1`,
          resource: { resourceType: 'Claim', id: '1', total: { value: 1.5 } },
          search: { mode: 'match' },
        },
      ],
    });
  });

  it('has no entry element when it is empty, because FHIR JSON has no empty arrays', () => {
    const bundle = JSON.parse(searchBundle(BASE, 'b', { entries: [], self: 'x' }).join('')) as object;
    expect(Object.keys(bundle)).toEqual(['resourceType', 'id', 'type', 'link']);
  });
});
