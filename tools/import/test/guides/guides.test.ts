/** The definitions of guides that ship with the product, as imports use them. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Report } from '../../report/report.ts';
import { ndjson, patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

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
