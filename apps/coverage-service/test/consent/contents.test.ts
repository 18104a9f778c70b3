/** Tests the content of a Consent in the elements of FHIR. */
import { describe, expect, it } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import { consentResource } from '../../src/consent/consent-resource.ts';
import { ENDED, fact } from '../world.ts';

interface Provision {
  type: string;
  class?: { code: string }[];
  securityLabel?: { system: string; code: string }[];
  code?: { text: string; coding?: { system: string; code: string }[] }[];
  provision?: Provision[];
}

const provisionOf = (resource: Resource) => resource['provision'] as Provision;
const granted = (scope: string, labels: string[] = []) =>
  provisionOf(consentResource(fact({ scope, labels })));
const types = ({ class: classes }: Provision) => classes?.map(({ code }) => code);
const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category';
const MH = 'http://terminology.hl7.org/CodeSystem/v3-ActCode|MH';

describe('a Consent', () => {
  it('says who agreed to what, when, for whom and until when', () => {
    expect(consentResource(fact())).toEqual({
      resourceType: 'Consent',
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/),
      extension: [
        { url: 'urn:payer-patient-access:scope', valueString: fact().scope },
        { url: 'urn:payer-patient-access:snapshot-sha256', valueString: fact().snapshotSha256 },
      ],
      identifier: [{ system: fact().plan.iss, value: 'grant_1-A' }],
      status: 'active',
      scope: {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }],
      },
      category: [
        { coding: [{ system: 'http://loinc.org', code: '59284-0' }] },
        { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IDSCL' }] },
      ],
      patient: { reference: 'Patient/anna' },
      dateTime: fact().granted,
      performer: [{ reference: 'Patient/anna', identifier: { system: fact().plan.iss, value: 'login-1' } }],
      organization: [
        {
          identifier: { system: 'urn:ietf:rfc:3986', value: fact().plan.iss },
          display: 'Northwind Health',
        },
      ],
      sourceAttachment: {
        contentType: 'application/jwt',
        url: fact().receipt,
        title: 'Consent receipt',
      },
      policyRule: {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTIN' }],
      },
      verification: [
        {
          verified: true,
          verifiedWith: {
            reference: 'Patient/anna',
            identifier: { system: fact().plan.iss, value: 'login-1' },
          },
          verificationDate: fact().granted,
        },
      ],
      provision: {
        type: 'permit',
        period: { start: fact().granted, end: fact().until },
        actor: [
          {
            role: {
              coding: [
                { system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'IRCP' },
              ],
            },
            reference: { identifier: { value: 'app-1' }, display: 'Health Diary' },
          },
        ],
        action: [
          { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentaction', code: 'access' }] },
        ],
        purpose: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'PATRQT' }],
        securityLabel: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'N' }],
        class: [
          { system: 'http://hl7.org/fhir/resource-types', code: 'Coverage' },
          { system: 'http://hl7.org/fhir/resource-types', code: 'Patient' },
        ],
      },
    });
  });

  it('says that, why and when it has ended', () => {
    const ended = consentResource(fact({ ended: ENDED }));
    expect(ended).toMatchObject({
      status: 'inactive',
      provision: { period: { start: fact().granted, end: ENDED.at } },
    });
    expect(ended['extension']).toContainEqual({
      url: 'urn:payer-patient-access:ended-because',
      valueCode: 'member',
    });
  });

  it('says which representative agreed, as far as the plan knows', () => {
    const by = (reference?: string) =>
      consentResource(fact({ by: { sub: 'login-2', ...(reference && { reference }) } }));
    const login = { identifier: { system: fact().plan.iss, value: 'login-2' } };
    expect(by('RelatedPerson/rita')).toMatchObject({
      performer: [{ reference: 'RelatedPerson/rita', ...login }],
      verification: [{ verifiedWith: { reference: 'RelatedPerson/rita' } }],
    });
    // R4 does not allow a Person there, and for some logins the plan has no resource.
    for (const unknown of [by('Person/p'), by()]) {
      expect(unknown['performer']).toEqual([login]);
      expect(unknown['verification']).toEqual([{ verified: true, verificationDate: fact().granted }]);
    }
  });

  it('permits for a wildcard everything except types that have to be named', () => {
    const all = granted('patient/*.rs');
    expect([all.type, types(all), all.provision?.map(types)]).toEqual([
      'permit',
      undefined,
      [['AuditEvent', 'Consent']],
    ]);
    expect(all.provision?.[0]?.type).toBe('deny');
    expect(granted('patient/*.rs patient/AuditEvent.rs').provision?.map(types)).toEqual([['Consent']]);
    expect(granted('patient/*.rs patient/AuditEvent.rs patient/Consent.r').provision).toBeUndefined();
    // A part of what is denied is permitted below it.
    const part = granted(
      'patient/*.rs patient/AuditEvent.rs?date=ge2026 patient/Observation.rs?status=final',
    );
    expect(part.provision).toMatchObject([
      { type: 'deny', class: [{ code: 'AuditEvent' }, { code: 'Consent' }] },
    ]);
    expect(part.provision?.[0]?.provision).toMatchObject([
      { type: 'permit', class: [{ code: 'AuditEvent' }], code: [{ text: 'date=ge2026' }] },
    ]);
  });

  it('permits a part of a type, and nothing else', () => {
    const part = granted(`launch/patient patient/Observation.rs?category=${CATEGORY}|laboratory`);
    expect([part.type, types(part)]).toEqual(['deny', undefined]);
    expect(part.provision).toHaveLength(1);
    expect(part.provision?.[0]).toMatchObject({
      type: 'permit',
      class: [{ code: 'Observation' }],
      code: [{ coding: [{ system: CATEGORY, code: 'laboratory' }], text: `category=${CATEGORY}|laboratory` }],
    });
    const words = granted('patient/Observation.rs?status=final&date=ge2026 patient/Coverage.rs');
    expect([words.type, types(words)]).toEqual(['permit', ['Coverage']]);
    expect(words.provision?.[0]?.code).toEqual([{ text: 'status=final&date=ge2026' }]);
    expect(granted('patient/Observation.r?status=final patient/Observation.r').provision).toBeUndefined();
  });

  it('permits nothing when no data was granted', () => {
    expect(granted('openid launch/patient')).toMatchObject({ type: 'deny' });
    expect(granted('openid launch/patient')).not.toHaveProperty('class');
  });

  it('permits the labels that were released, and no others', () => {
    const released = granted('patient/Condition.rs patient/Observation.r?status=final', [MH]);
    const labels = [
      { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'N' },
      { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'MH' },
    ];
    expect(released.securityLabel).toEqual(labels);
    expect(released.provision?.[0]?.securityLabel).toEqual(labels);
  });
});
