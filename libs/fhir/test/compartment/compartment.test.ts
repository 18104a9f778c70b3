import { describe, expect, it } from '@jest/globals';
import { definitions } from '../../src/definitions.ts';
import { compartmentOf, CompartmentError } from '../../src/compartment.ts';
import type { Resource } from '../../src/resource.ts';

function place(resourceType: string, content: object = {}) {
  const definition = definitions.get(resourceType);
  if (!definition) throw new Error(`no definition of ${resourceType}`);
  return compartmentOf(definition, { resourceType, id: 'x', ...content } as Resource);
}

/** @returns the reason why it cannot be stored, or `stored` */
function reason(resourceType: string, content: object = {}): string {
  try {
    place(resourceType, content);
    return 'stored';
  } catch (error) {
    if (!(error instanceof CompartmentError)) throw error;
    return error.message;
  }
}

const to = (reference: string) => ({ reference });
const A = to('Patient/A');
const B = to('Patient/B');

describe('a resource of a member', () => {
  it('belongs to the Patient that its membership element names', () => {
    expect(place('Observation', { subject: A })).toEqual({ to: 'member', member: 'A' });
    expect(place('Observation', { subject: to('Patient/A/_history/3') })).toEqual({
      to: 'member',
      member: 'A',
    });
    expect(place('Patient', { id: 'A' })).toEqual({ to: 'member', member: 'A' });
  });

  it('does not belong to other members whom it mentions', () => {
    const coverage = { beneficiary: A, subscriber: B, policyHolder: B, payor: [B] };
    expect(place('Coverage', coverage)).toEqual({ to: 'member', member: 'A' });
    expect(place('Observation', { subject: A, focus: [B], performer: [B] })).toMatchObject({ member: 'A' });
    expect(place('ExplanationOfBenefit', { patient: A, payee: { party: B } })).toMatchObject({ member: 'A' });
  });

  it.each([
    ['nothing', undefined],
    ['no reference', {}],
    ['a logical reference', { identifier: { system: 'urn:ssn', value: '1' } }],
    ['another server', to('https://other.example/fhir/Patient/A')],
    ['an unresolved urn', to('urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0')],
    ['a contained resource', to('#p')],
    ['a group', to('Group/G')],
    ['a path', to('Patient/../Patient/A')],
    ['dots', to('Patient/..')],
    ['nonsense', 7],
    ['null', null],
  ])('is refused when its element holds %s', (_what, subject) => {
    expect(reason('Observation', { subject })).toBe('no member: subject refers to no Patient');
  });

  it('is refused when its element names several members', () => {
    const member = [{ entity: A }, { entity: B }];
    expect(reason('Group', { member })).toBe('several members: member.entity refers to 2 Patient resources');
    expect(place('Group', { member: [{ entity: A }, { entity: A }] })).toMatchObject({ member: 'A' });
  });
});

describe('a contained resource', () => {
  const claim = (...contained: unknown[]) => ({ patient: A, contained });

  it('may belong to the same member or to nobody', () => {
    const inner = [
      { resourceType: 'Coverage', beneficiary: A },
      { resourceType: 'Organization', name: 'Clinic' },
      { resourceType: 'Coverage' },
    ];
    expect(reason('ExplanationOfBenefit', claim(...inner))).toBe('stored');
  });

  it.each([
    ['a Patient', { resourceType: 'Patient', id: 'p' }, 'contains a Patient'],
    ['another’s', { resourceType: 'Coverage', beneficiary: B }, 'contains a Coverage of another member'],
    [
      'inside a contained one',
      { resourceType: 'Organization', contained: [{ resourceType: 'Observation', subject: B }] },
      'contains a Observation of another member',
    ],
    [
      'in a Bundle',
      { resourceType: 'Bundle', entry: [{ resource: { resourceType: 'Patient' } }] },
      'contains a Patient',
    ],
    [
      'in Parameters',
      { resourceType: 'Parameters', parameter: [{ resource: { resourceType: 'Observation', subject: B } }] },
      'contains a Observation of another member',
    ],
  ])('is refused when it belongs to another member: %s', (_what, inner, why) => {
    expect(reason('ExplanationOfBenefit', claim(inner))).toBe(why);
  });

  it.each([null, 7, 'text', {}, [null], [[]], [7], [{ resourceType: 7 }]])(
    'may be malformed: %j',
    (contained) => {
      expect(reason('ExplanationOfBenefit', { patient: A, contained })).toBe('stored');
    },
  );
});

describe('a resource that belongs to the member of its target', () => {
  it('names the targets whose member the store has to find', () => {
    expect(place('Provenance', { target: [to('Observation/1'), to('Claim/2/_history/1')] })).toEqual({
      to: 'reference',
      targets: [
        { type: 'Observation', id: '1' },
        { type: 'Claim', id: '2', version: '1' },
      ],
    });
  });

  it('is refused without a target', () => {
    expect(reason('Provenance', { target: [to('https://other.example/Observation/1')] })).toBe(
      'no member: target refers to no resource here',
    );
  });
});

describe('reference data', () => {
  it('belongs to nobody', () => {
    expect(place('Organization', { partOf: to('Organization/1') })).toEqual({ to: 'none' });
  });

  it.each([
    ['Patient/A', 'Patient'],
    ['Observation/1', 'Observation'],
    ['Patient/A/_history/1', 'Patient'],
    ['https://plan.example/payer/patient-access/v2/north/Patient/A', 'Patient'],
    ['https://plan.example/fhir/Coverage/A/_history/2', 'Coverage'],
    ['Patient?identifier=urn:ssn|1', 'Patient'],
    ['Provenance/1', 'Provenance'],
  ])('is refused when it mentions a member: %s', (reference, type) => {
    const extension = [{ url: 'http://plan.example/x', valueReference: { reference } }];
    expect(reason('Organization', { extension })).toBe(`reference data that refers to a ${type}`);
  });

  it('is refused when it contains a resource that mentions a member', () => {
    const contained = [{ resourceType: 'Observation', subject: A }];
    expect(reason('Practitioner', { contained })).toBe('reference data that contains a Observation');
    for (const resourceType of ['Patient', 'Coverage', 'Binary', 'Provenance'])
      expect(
        reason('Practitioner', {
          contained: [{ resourceType: 'Organization', contained: [{ resourceType }] }],
        }),
      ).toBe(`reference data that contains a ${resourceType}`);
    expect(reason('Practitioner', { contained: [{ resourceType: 'Organization' }] })).toBe('stored');
  });

  it.each([
    ['a logical reference', { valueReference: { type: 'Patient', identifier: { value: '1' } } }, 'Patient'],
    [
      'one whose type is a URL',
      { valueReference: { type: 'http://hl7.org/fhir/StructureDefinition/Coverage', display: 'x' } },
      'Coverage',
    ],
    ['a URI', { valueUri: 'Patient/A' }, 'Patient'],
    ['a URL', { valueUrl: 'https://plan.example/payer/patient-access/v2/north/Claim/1/_history/2' }, 'Claim'],
    ['a canonical', { valueCanonical: 'QuestionnaireResponse/1' }, 'QuestionnaireResponse'],
    ['a string', { valueString: 'Patient/A' }, 'Patient'],
    ['an attachment', { valueAttachment: { url: 'Binary/1' } }, 'Binary'],
    ['an identifier', { valueIdentifier: { system: 'urn:x', value: 'Patient/A' } }, 'Patient'],
  ])('D06: is refused when it mentions a member by %s', (_what, value, type) => {
    expect(reason('Location', { extension: [{ url: 'urn:x', ...value }] })).toBe(
      `reference data that refers to a ${type}`,
    );
  });

  it.each([
    ['href="Patient/A"', 'reference data that refers to a Patient'],
    [
      'href="https://plan.example/payer/patient-access/v2/north/Claim/1"',
      'reference data that refers to a Claim',
    ],
    ["href='Patient/A'", 'reference data that refers to a Patient'],
    ['href = " Patient/A "', 'reference data that refers to a Patient'],
    ['href="Patient&#47;A"', 'reference data that refers to a Patient'],
    ['href="Patient/A#name"', 'reference data that refers to a Patient'],
    ['title="href=\'" href="Patient/A"', 'reference data that refers to a Patient'],
    ['href="Organization/1"', 'stored'],
    ["href='#a'", 'stored'],
  ])('D06: is refused when its narrative links to a member: %s', (link, what) => {
    const div = `<div xmlns="http://www.w3.org/1999/xhtml"><a ${link}>A</a></div>`;
    expect(reason('Practitioner', { text: { status: 'generated', div } })).toBe(what);
  });

  const below = 'https://plan.example/payer/patient-access/v2/north';

  it.each([
    ['Patient', { meta: { source: 'https://plan.example/fhir/Patient/A' } }],
    ['Claim', { meta: { source: `${below}/Claim/1#7` } }],
    ['Patient', { meta: { source: 'https://hapi.plan.example/fhir/Patient/A#Kz3' } }],
    ['Patient', { description: 'For [Anna](Patient/A).' }],
    ['Patient', { description: 'For [Anna]( <Patient&#x2F;A> "Anna").' }],
    ['Patient', { alias: ['a', `See ${below}/Patient/A, the owner`] }],
    ['Claim', { alias: [`https://viewer.example/?at=${encodeURIComponent(`${below}/Claim/1`)}`] }],
    ['Coverage', { text: { status: 'additional', div: `<div>See ${below}/Coverage/1.</div>` } }],
  ])('D06: is refused when a text has the address of a %s: %j', (type, content) => {
    expect(reason('Location', content)).toBe(`reference data that refers to a ${type}`);
  });

  it.each([
    { name: 'Group/Practice' },
    { description: 'Patient/Family desk. [Dental](https://plan.example/Coverage/dental) (Claim/appeal)' },
    { description: `[Berg](Practitioner/1), ${below}/Organization/1, ${below}/Patient/{id}` },
    { meta: { profile: ['http://hl7.org/fhir/us/core/StructureDefinition/us-core-organization'] } },
    { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/Patient', valueCode: 'Patient' }] },
    { endpoint: [{ reference: 'Endpoint/1', type: 'Endpoint' }] },
    { identifier: [{ system: 'urn:x', value: '1/2' }], contact: [{ telecom: [{ value: 'a/b' }] }] },
  ])('D06: may contain text that only looks like a mention: %j', (content) => {
    expect(reason('Organization', content)).toBe('stored');
  });

  it('D06: has only the listed types; a type that is added here becomes readable for every member of a plan', () => {
    const shared = [...definitions]
      .filter(([, { membership }]) => membership.by === 'none')
      .map(([type]) => type);
    expect(shared.sort()).toEqual([
      'BiologicallyDerivedProduct',
      'ChargeItemDefinition',
      'Endpoint',
      'HealthcareService',
      'InsurancePlan',
      'Location',
      'Medication',
      'MedicationKnowledge',
      'Organization',
      'OrganizationAffiliation',
      'Practitioner',
      'PractitionerRole',
      'Questionnaire',
      'Substance',
    ]);
  });

  it.each([...definitions].filter(([, { membership }]) => membership.by === 'none').map(([type]) => type))(
    'of type %s is refused when it mentions a member',
    (type) => {
      expect(reason(type, { extension: [{ valueReference: A }] })).toBe(
        'reference data that refers to a Patient',
      );
    },
  );
});
