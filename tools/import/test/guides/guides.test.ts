/** The definitions of guides that ship with the product, as imports use them. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  capabilityStatement,
  fhirBase,
  type GuideSet,
  ProfileValidator,
  type Resource,
} from '@patient-access/fhir';
import { population, published } from '@patient-access/population';
import { isThorough } from '@patient-access/testing';
import { guidesToCheck } from '../../guides/chosen.ts';
import { shippedDefinitions } from '../../guides/shipped.ts';
import type { Report } from '../../report/report.ts';
import { explanation, ndjson, patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';
import { someOfEach } from './some-of-each.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const command = (name: string, ...args: string[]) => world.run(name, args);

const reportOn = async (...args: string[]) =>
  JSON.parse((await command('report', ...args, '--json')).out) as Report;

describe('the guides that ship with the product', () => {
  test('check what a plan publishes, without being asked', async () => {
    const profile = 'http://hl7.org/fhir/us/davinci-pdex-plan-net/StructureDefinition/plannet-Practitioner';
    const nameless = { resourceType: 'Practitioner', id: 'dr', active: true };
    const file = await world.file('published.ndjson', ndjson(nameless));
    const { code, out } = await command('main', '--tenant', 'guides', '--directory', file);
    expect([code, out]).toEqual([0, expect.stringMatching(/plan-net#1\.2\.0.*--tenant guides --directory/)]);
    const { tenant, checks, findings } = await reportOn('--tenant', 'guides', '--directory');
    expect([tenant, checks]).toEqual([
      'guides~provider-directory',
      [{ profile, type: 'Practitioner', checked: 1, withFindings: 1 }],
    ]);
    const found = findings.map(({ location, rule }) => `${location} ${rule}`);
    expect(found.sort()).toEqual(['Practitioner.identifier minimum', 'Practitioner.name minimum']);
  });

  test('check a plan’s own records by the set that the import names', async () => {
    const who = {
      identifier: [{ system: 'urn:x', value: '1' }],
      name: [{ family: 'Shaw' }],
      gender: 'female',
    };
    const file = await world.file('set.ndjson', ndjson(patient('p', who)));
    const { out } = await command('main', '--tenant', 'set', '--guides', '2027', file);
    expect(out).toContain('hl7.fhir.us.carin-bb#2.2.0, hl7.fhir.us.core#7.0.0');
    const { checks, uncheckedRules } = await reportOn('--tenant', 'set');
    expect(checks.map(({ profile }) => profile.slice(profile.lastIndexOf('/') + 1))).toEqual([
      'us-core-patient',
      'C4DIC-Patient',
    ]);
    expect(uncheckedRules).toBeUndefined();
    const [stored] = await world.stored('set', 'Patient/p');
    const named = (JSON.parse(stored?.body ?? '{}') as { meta: { profile: string[] } }).meta.profile;
    expect([...named].sort()).toEqual([
      'http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|7.0.0',
      'http://hl7.org/fhir/us/insurance-card/StructureDefinition/C4DIC-Patient',
    ]);
    const again = await command('main', '--tenant', 'set', '--guides', '2027', '--json', file);
    expect(JSON.parse(again.out)).toMatchObject({ updated: 0, unchanged: 1 });
    const wrong = await command('main', '--tenant', 'set', '--guides', '2025', file);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('--guides: 2023 or 2027')]);
  });
});

test.each(['2023', '2027'])('a place of service is one that exists, by the guides of %s', (set) => {
  const validator = new ProfileValidator(shippedDefinitions(set).resources);
  const system = 'https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set';
  const profile =
    'http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit-Professional-NonClinician';
  const wrongPlaces = (code: string) => {
    const item = [{ sequence: 1, locationCodeableConcept: { coding: [{ system, code }] } }];
    const results = validator.validate(explanation('e', 'p', { meta: { profile: [profile] }, item }));
    return results
      .flatMap(({ findings }) => findings)
      .filter(({ rule, location }) => rule === 'binding' && location.includes('.location'));
  };
  expect(wrongPlaces('11')).toEqual([]);
  expect(wrongPlaces('ZZ')).not.toEqual([]);
});

describe('what the preview has fits, as an import says', () => {
  /** A resource may name its type's own definition, which R4's structure stands for. */
  const R4 = 'http://hl7.org/fhir/StructureDefinition/';
  /** All members of the preview that play a part. */
  const MEMBERS = 12;
  const OF_A_KIND = 2;
  const load = async (tenant: string, args: string[], resources: Iterable<object>) => {
    const file = await world.file(`${args.join('')}.ndjson`, ndjson(...resources));
    const { code, out, err } = await command('main', '--tenant', tenant, ...args, '--json', file);
    expect([code, err]).toEqual([0, expect.stringMatching(/^(?:is \S+ the right name\?.*\n)?$/)]);
    expect(JSON.parse(out)).toMatchObject({ rejected: 0, skipped: 0, cleaned: 0 });
    const report = await reportOn('--tenant', tenant, ...args);
    const { checks, findings, unchecked, references, disagreements } = report;
    expect({ findings, dangling: references.dangling, disagreements }).toEqual({
      findings: [],
      dangling: [],
      disagreements: [],
    });
    expect(unchecked.filter(({ profile }) => !profile.startsWith(R4))).toEqual([]);
    return checks.length;
  };

  test.each([
    ['northwind', '2023'],
    ['lakeside', '2027'],
  ])(
    'the records of %s, to the guides of %s',
    async (tenant, set) => {
      const all = [...population({ tenant, members: MEMBERS, seed: 1 })] as unknown as Resource[];
      const bound = await load(tenant, ['--guides', set], isThorough ? all : someOfEach(all, OF_A_KIND));
      expect(bound).toBeGreaterThan(50);
    },
    240_000,
  );

  test.each([
    ['provider-directory', '--directory'],
    ['formulary', '--formulary'],
  ] as const)('the %s, to its guide', async (name, argument) => {
    expect(await load('northwind', [argument], published('northwind', 1)[name])).toBeGreaterThan(1);
  });
});

describe('the set that a plan has chosen', () => {
  let chosen: GuideSet | undefined;
  /** whose statement is answered */
  let host: string;
  /** the host that the last request named */
  let asked: string | undefined;
  let statements: Server;
  let settings: { PUBLIC_URL: string };
  beforeAll(async () => {
    statements = createServer((request, response) => {
      const base = fhirBase(settings.PUBLIC_URL, 'moving');
      const isKnown = chosen && `${settings.PUBLIC_URL}${request.url}` === `${base}/metadata`;
      asked = request.headers.host;
      const release = { version: '1', date: '2026-01-01' };
      const offer = { base: fhirBase(host, 'moving'), plan: { name: 'Moving' }, release, errors: base };
      if (!isKnown)
        return response
          .writeHead(404, { 'content-type': 'application/fhir+json' })
          .end('{"resourceType":"OperationOutcome"}');
      response.end(chosen && JSON.stringify(capabilityStatement({ ...offer, guides: chosen })));
    });
    await new Promise<void>((listening) => statements.listen(0, '127.0.0.1', listening));
    host = `http://127.0.0.1:${(statements.address() as AddressInfo).port}`;
    settings = { PUBLIC_URL: host };
  });
  afterAll(() => void statements.close());

  /** A stay whose claim has the codes of CARIN 2.0.0 alone. */
  const stay = () => {
    const all = [...population({ tenant: 'lakeside', members: 12, seed: 1 })];
    const [claim] = all.filter((each) => JSON.stringify(each).includes('"onAdmission"'));
    const { reference } = claim?.['patient'] as { reference: string };
    const whose = all.find(({ resourceType, id }) => `${resourceType}/${id}` === reference);
    const diagnosis = (claim?.['diagnosis'] as { onAdmission: { coding: object[] } }[]).map((each) => ({
      ...each,
      onAdmission: { coding: each.onAdmission.coding.slice(0, 1) },
    }));
    return ndjson(whose as object, { ...claim, diagnosis });
  };
  const findings = async () =>
    (await reportOn('--tenant', 'moving', '--guides', 'none')).findings.map(({ location }) => location);

  test('is read from its CapabilityStatement, and stored records are checked by the next one', async () => {
    const file = await world.file('moving.ndjson', stay());
    const load = ['--tenant', 'moving', file];
    const refused = await world.run('main', load, settings);
    expect([refused.code, refused.err]).toEqual([
      1,
      expect.stringMatching(/moving.metadata does not serve a plan moving .HTTP 404.: is the name right/),
    ]);
    expect(await world.stored('moving')).toEqual([]);

    chosen = '2023';
    const { code, out } = await world.run('main', load, settings);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/carin-bb#2\.0\.0.*setting of moving: guides 2023/),
    ]);
    expect(await findings()).toEqual([]);
    const before = await world.stored('moving');

    chosen = '2027';
    const again = await world.run('reindex', ['--tenant', 'moving'], settings);
    expect(again.out).toMatch(/claims-service: 1, 1 with findings;.*carin-bb#2\.2\.0.*guides 2027/s);
    expect(await findings()).toEqual(['ExplanationOfBenefit.diagnosis.onAdmission']);
    expect(await world.stored('moving')).toEqual(before);
  });

  test('is not read in the statement of another address', async () => {
    chosen = '2023';
    host = 'https://other.example';
    const asking = guidesToCheck('moving', undefined, { publicUrl: settings.PUBLIC_URL });
    await expect(asking).rejects.toThrow(/it is the statement of https:..other.example.*: give --guides/);
  });

  test('is read inside the network, under the host that clients see', async () => {
    const gateway = { GATEWAY_URL: settings.PUBLIC_URL };
    settings = { PUBLIC_URL: 'https://members.example' };
    host = settings.PUBLIC_URL;
    const file = await world.file('inside.ndjson', ndjson(patient('p')));
    const load = ['--tenant', 'moving', file];
    const { code, out } = await world.run('main', load, { ...settings, ...gateway });
    expect([code, asked, out]).toEqual([0, 'members.example', expect.stringMatching(/setting of moving/)]);
    const alone = await world.run('main', load, gateway);
    expect([alone.code, alone.err]).toEqual([2, expect.stringMatching(/GATEWAY_URL without PUBLIC_URL/)]);
  });

  test('is not guessed where nobody can be asked', async () => {
    const file = await world.file('alone.ndjson', ndjson(patient('p')));
    const { code, out } = await command('main', '--tenant', 'alone', file);
    expect([code, out]).toEqual([0, expect.stringMatching(/checked by R4 \(nobody says .* set PUBLIC_URL/)]);
    const { out: indexed } = await command('reindex', '--tenant', 'alone');
    expect(indexed).toContain('not checked (nobody says');
  });
});
