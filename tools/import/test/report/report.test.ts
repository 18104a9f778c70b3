/** The reports about a plan's data (profiles, references, labels), made by an import and by the commands. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Report } from '../../report/report.ts';
import { packageFolder, CONDITION_PROFILE } from '../packages/package.ts';
import { importedCondition, explanation, ndjson, patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(async () => {
  await world.end();
});

async function reportOn(tenant: string, settings: Record<string, string> = {}): Promise<Report> {
  const { code, out, err } = await world.run('report', ['--tenant', tenant, '--json'], settings);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Report;
}

const named = { meta: { profile: [`${CONDITION_PROFILE}|1.0.0`] } };
const SECRET = 'Amy Shaw';

describe('profiles', () => {
  const whole = { ...named, code: { text: SECRET }, note: [{ text: SECRET }] };
  const importing = async (name: string, ...resources: object[]) => {
    const settings = { FHIR_PACKAGES_DIR: await packageFolder(world.folder, 'unpacked') };
    const file = await world.file(name, ndjson(...resources));
    return world.run('main', ['--tenant', 'profiles', file], settings);
  };

  test('findings are stored with the resources, and reject none', async () => {
    const { code, out } = await importing(
      'one.ndjson',
      patient('p'),
      importedCondition('whole', 'p', whole),
      importedCondition('bare', 'p', named),
      importedCondition('half', 'p', { ...named, code: { text: SECRET } }),
      importedCondition('other', 'p', { meta: { profile: ['http://nobody.example/profile'] } }),
    );
    expect([code, out]).toEqual([0, expect.stringContaining('checked by R4, ig.example#1.0.0')]);
    const report = await reportOn('profiles');
    expect(report.checks).toEqual([
      { profile: CONDITION_PROFILE, type: 'Condition', checked: 3, withFindings: 2 },
    ]);
    const about = { profile: CONDITION_PROFILE, type: 'Condition', rule: 'minimum', expected: '1..*' };
    const error = { severity: 'error' };
    expect(report.findings).toEqual([
      { ...about, ...error, location: 'Condition.note', resources: 2, examples: ['bare', 'half'] },
      { ...about, ...error, location: 'Condition.code', resources: 1, examples: ['bare'] },
    ]);
    expect(report.unchecked).toEqual([
      { profile: 'http://nobody.example/profile', type: 'Condition', resources: 1 },
    ]);
  });

  test('the findings of a new version replace the old ones, and the same data again adds none', async () => {
    await importing('two.ndjson', importedCondition('bare', 'p', whole));
    await importing('two.ndjson', importedCondition('bare', 'p', whole));
    const { checks, findings } = await reportOn('profiles');
    expect(checks).toEqual([{ profile: CONDITION_PROFILE, type: 'Condition', checked: 3, withFindings: 1 }]);
    expect(findings.map(({ examples }) => examples)).toEqual([['half']]);
  });

  test('without packages no profile is checked, and the findings of an old version are removed', async () => {
    const file = await world.file(
      'three.ndjson',
      ndjson(importedCondition('half', 'p', { ...named, code: { text: 'x' } })),
    );
    await world.run('main', ['--tenant', 'profiles', file]);
    const { checks, unchecked } = await reportOn('profiles');
    expect(checks).toEqual([{ profile: CONDITION_PROFILE, type: 'Condition', checked: 2, withFindings: 0 }]);
    expect(unchecked).toContainEqual({ profile: CONDITION_PROFILE, type: 'Condition', resources: 1 });
  });
});

test('what R4 asks is checked without packages, and a resource that has it leaves no row', async () => {
  const claim = explanation('bogus', 'p', { status: 'bogus', provider: { reference: 'Slot/s' } });
  const file = await world.file('r4.ndjson', ndjson(patient('p'), claim));
  await world.run('main', ['--tenant', 'r4', file]);
  const { checks, findings } = await reportOn('r4');
  const profile = 'http://hl7.org/fhir/StructureDefinition/ExplanationOfBenefit';
  expect(checks).toEqual([{ profile, type: 'ExplanationOfBenefit', checked: 1, withFindings: 1 }]);
  const found = findings.map(({ location, rule }) => `${location} ${rule}`);
  expect(found).toEqual(
    expect.arrayContaining(['ExplanationOfBenefit.status binding', 'ExplanationOfBenefit.provider target']),
  );
});

test('a code that does not exist is marked as a warning, and nothing else is', async () => {
  const coding = [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'ZZZ.99' }];
  const sent = importedCondition('c', 'p', {
    code: { coding },
    clinicalStatus: { coding: [{ code: 'x' }] },
    // within the edition of the table that ships
    recordedDate: '2026-01-15',
  });
  const file = await world.file('codes.ndjson', ndjson(patient('p'), sent));
  await world.run('main', ['--tenant', 'codes', file]);
  const { findings } = await reportOn('codes');
  expect(findings.map(({ severity, rule }) => `${severity} ${rule}`)).toEqual(
    expect.arrayContaining(['warning code', 'error binding']),
  );
  expect(findings.filter(({ rule, severity }) => (rule === 'code') !== (severity === 'warning'))).toEqual([]);
  const { out } = await world.run('report', ['--tenant', 'codes']);
  expect(out).toMatch(/Condition\.code\.coding +warning: code http:\/\/hl7\.org\/fhir\/sid\/icd-10-cm/);
});

test('with packages the report says what an import cannot check of each profile', async () => {
  const settings = { FHIR_PACKAGES_DIR: await packageFolder(world.folder, 'unpacked') };
  const file = await world.file('rules.ndjson', ndjson(patient('p'), importedCondition('c', 'p', named)));
  await world.run('main', ['--tenant', 'rules', file], settings);
  const rule = {
    element: 'Condition.stage',
    rule: 'binding',
    expected: 'http://other.example/ValueSet/stages',
    reason: 'no package lists its codes',
  };
  expect((await reportOn('rules', settings)).uncheckedRules).toEqual([
    { profile: CONDITION_PROFILE, rules: [rule] },
  ]);
  const { out } = await world.run('report', ['--tenant', 'rules'], settings);
  expect(out).toMatch(
    /condition: Condition\.stage +binding http:\/\/other\.example\/ValueSet\/stages +no package/,
  );
  expect((await reportOn('rules')).uncheckedRules).toBeUndefined();
});

test('references without a stored target are reported by element, across all owners', async () => {
  const claim = (id: string, provider: string) => explanation(id, 'p', { provider: { reference: provider } });
  const file = await world.file(
    'references.ndjson',
    ndjson(
      patient('p', { generalPractitioner: [{ reference: 'Practitioner/here' }, { reference: '#gone' }] }),
      { resourceType: 'Practitioner', id: 'here' },
      claim('good', 'Practitioner/here/_history/1'),
      claim('bad-1', 'Practitioner/gone'),
      claim('bad-2', 'Practitioner/gone-too'),
      claim('outside', 'https://elsewhere.example/Practitioner/1'),
      importedCondition('c', 'nobody', {
        encounter: { reference: 'urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7' },
      }),
      importedCondition('sought', 'p', { recorder: { reference: 'Practitioner?identifier=urn:a|1' } }),
      importedCondition('contains', 'p', {
        recorder: { reference: '#inside' },
        contained: [{ resourceType: 'Practitioner', id: 'inside', name: [{ text: SECRET }] }],
      }),
    ),
  );
  await world.importFiles('references', file);
  const { references } = await reportOn('references');
  expect(references).toMatchObject({ resources: 9, elsewhere: 2 });
  expect(references.dangling).toHaveLength(5);
  expect(references.dangling).toEqual(
    expect.arrayContaining([
      {
        element: 'ExplanationOfBenefit.provider',
        target: 'Practitioner',
        references: 2,
        examples: [
          { from: 'ExplanationOfBenefit/bad-1', to: 'Practitioner/gone' },
          { from: 'ExplanationOfBenefit/bad-2', to: 'Practitioner/gone-too' },
        ],
      },
      {
        element: 'Condition.subject',
        target: 'Patient',
        references: 1,
        examples: [{ from: 'Condition/c', to: 'Patient/nobody' }],
      },
      { element: 'Condition.encounter', references: 1, examples: [{ from: 'Condition/c' }] },
      {
        element: 'Condition.recorder',
        target: 'Practitioner (by its identifier)',
        references: 1,
        examples: [{ from: 'Condition/sought' }],
      },
      { element: 'Patient.generalPractitioner', references: 1, examples: [{ from: 'Patient/p' }] },
    ]),
  );
});

test('what the plan says twice and differently is found, with codes and ids alone', async () => {
  const cost = (code: string) => ({ coding: [{ system: 'urn:costs', code }] });
  const sum = (value: number) => ({ value, currency: 'USD' });
  const plan = {
    ...{ resourceType: 'InsurancePlan', id: 'gold', identifier: [{ value: 'GOLD' }], status: 'active' },
    plan: [{ generalCost: [{ type: cost('deductible'), cost: sum(500) }] }],
  };
  const coverage = (id: string, value: string, deductible: number) => ({
    ...{ resourceType: 'Coverage', id, status: 'active', payor: [{ display: 'Northwind' }] },
    beneficiary: { reference: 'Patient/p' },
    class: [{ type: { coding: [{ code: 'plan' }] }, value }],
    costToBeneficiary: [{ type: cost('deductible'), valueMoney: sum(deductible) }],
  });
  const claim = (id: string, member: string, created: string, used: number) =>
    explanation(id, member, {
      created,
      insurance: [{ focal: true, coverage: { reference: 'Coverage/same' } }],
      benefitPeriod: { start: '2026-01-01' },
      total: [{ category: cost('deductible'), amount: sum(100) }],
      benefitBalance: [
        {
          category: { text: SECRET },
          unit: { coding: [{ code: 'individual' }] },
          financial: [{ type: cost('deductible'), usedMoney: sum(used) }],
        },
      ],
    });
  const answer = {
    ...{ resourceType: 'CoverageEligibilityResponse', id: 'today', status: 'active', purpose: ['benefits'] },
    ...{ patient: { reference: 'Patient/q' }, created: '2026-03-02', request: { display: 'none' } },
    ...{ outcome: 'complete', insurer: { display: 'Northwind' } },
    insurance: [
      {
        coverage: { reference: 'Coverage/same' },
        benefitPeriod: { start: '2026-01-01' },
        item: [
          {
            unit: { coding: [{ code: 'individual' }] },
            benefit: [{ type: cost('deductible'), usedMoney: sum(20) }],
          },
        ],
      },
    ],
  };
  const resources = [
    answer,
    ...[patient('p'), patient('q'), coverage('same', 'GOLD', 500), coverage('other', 'GOLD', 600)],
    ...[coverage('lost', 'LEAD', 500), plan],
    ...[claim('first', 'p', '2026-02-01', 100), claim('second', 'p', '2026-03-01', 200)],
    claim('alone', 'q', '2026-03-01', 300),
  ];
  await world.importFiles('twice', await world.file('twice.ndjson', ndjson(...resources)));
  const { disagreements } = await reportOn('twice');
  expect(disagreements).toHaveLength(4);
  expect(disagreements).toEqual(
    expect.arrayContaining([
      {
        type: 'Coverage',
        where: 'costToBeneficiary urn:costs|deductible',
        resources: 1,
        examples: ['other'],
      },
      { type: 'Coverage', where: 'names no stored InsurancePlan', resources: 1, examples: ['lost'] },
      {
        type: 'ExplanationOfBenefit',
        where: 'benefitBalance deductible: more than its claims here',
        resources: 1,
        examples: ['alone'],
      },
      {
        type: 'CoverageEligibilityResponse',
        where: 'insurance.item.benefit deductible: less than its claims here',
        resources: 1,
        examples: ['today'],
      },
    ]),
  );
});

describe('labels', () => {
  const ICD = 'http://hl7.org/fhir/sid/icd-10-cm';
  const alcohol = (id: string) =>
    importedCondition(id, 'p', { code: { coding: [{ system: ICD, code: 'F10.20' }] } });
  const list = (value: unknown) => world.file('codes.json', JSON.stringify(value));

  test('are set by the command for stored resources and for later imports', async () => {
    const file = await world.file('labels.ndjson', ndjson(patient('p'), alcohol('a')));
    await world.importFiles('labels', file);
    const codes = await list([{ category: 'substance-use', codes: { [ICD]: ['F10*'] } }]);
    const { code, out } = await world.run('labels', ['--tenant', 'labels', codes]);
    expect([code, out]).toEqual([
      0,
      expect.stringContaining('clinical-service: 1 looked at, 1 with other labels'),
    ]);
    await world.importFiles('labels', await world.file('more.ndjson', ndjson(alcohol('b'))));
    const label = 'http://terminology.hl7.org/CodeSystem/v3-ActCode|SUD';
    expect((await reportOn('labels')).labels).toEqual({
      applied: true,
      labels: [{ label, resources: 2, byList: 2, category: 'substance-use' }],
    });
    expect((await reportOn('references')).labels).toEqual({ applied: undefined, labels: [] });
  });

  test('a list that names a code system twice is refused, because the codes of the first would be lost', async () => {
    const text = '[{"category":"violence",\n "codes":{"x":["a"],"x":["b"]}}]';
    const codes = await world.file('twice.json', text);
    const { code, out, err } = await world.run('labels', ['--tenant', 'labels', codes]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^import:labels: the list of codes: line 2, column 21: .*\n$/);
  });

  test.each<[string, unknown, string]>([
    ['an unknown category', [{ category: 'gossip', codes: { x: ['y'] } }], '0: codes, and a category (sub'],
    ['neither category nor label', [{ codes: { x: ['y'] } }], 'the list of codes: 0'],
    ['a star alone', [{ category: 'violence', codes: { x: ['*'] } }], 'the list of codes: 0'],
    ['no list', {}, 'the list of codes: it'],
  ])('%s: one clear line', async (_, value, message) => {
    const { code, out, err } = await world.run('labels', ['--tenant', 'labels', await list(value)]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(message);
    expect(err.trim().split('\n')).toHaveLength(1);
  });
});

test('the text report has the same facts, and no content of a resource', async () => {
  for (const tenant of ['profiles', 'references', 'twice']) {
    const { out } = await world.run('report', ['--tenant', tenant]);
    expect(out).toContain(`Stored of ${tenant}`);
    expect(out).not.toContain(SECRET);
  }
  const { out } = await world.run('report', ['--tenant', 'references']);
  expect(out).toMatch(
    /2 {2}ExplanationOfBenefit\.provider +Practitioner +ExplanationOfBenefit\/bad-1 → Practitioner\/gone/,
  );
});
