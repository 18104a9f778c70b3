/** The notice of 42 CFR § 2.32 goes with every answer that carries released Part 2 records, and with no other. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PART2_STATEMENT, type Resource, SENSITIVE_CATEGORIES } from '@patient-access/fhir';
import type { TokenClaims } from '@patient-access/smart';
import { type Asker, asMember, bundleOf, startWorld, type World } from '../world.ts';

const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const labelled = (code: string) => ({ meta: { security: [{ system: ACT, code }] } });
const subject = { reference: 'Patient/anna' };
const observation = (id: string, more: object = {}): Resource => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: id },
  subject,
  ...more,
});
const document = (id: string, more: object = {}): Resource => ({
  resourceType: 'DocumentReference',
  id,
  status: 'current',
  subject,
  content: [{ attachment: { contentType: 'text/plain', url: `Binary/${id}` } }],
  ...more,
});
const binary = (id: string): Resource => ({
  resourceType: 'Binary',
  id,
  contentType: 'text/plain',
  securityContext: { reference: `DocumentReference/${id}` },
  data: 'aGk=',
});

const [SUD, MH] = [SENSITIVE_CATEGORIES['substance-use'], SENSITIVE_CATEGORIES['mental-health']];
const PART2 = {
  labels: [...SUD],
  categories: ['substance-use'],
  from: '2026-11-01T00:00:00.000Z',
  until: '2027-11-01T00:00:00.000Z',
};
const SCOPE = 'patient/*.rs';

describe('the notice of 42 CFR Part 2', () => {
  let world: World;
  let released: Asker;
  let other: Asker;
  beforeAll(async () => {
    world = await startWorld();
    await world.store(
      'north',
      observation('plain'),
      observation('mind', labelled('MH')),
      observation('secret', labelled('42CFRPart2')),
      {
        resourceType: 'DiagnosticReport',
        id: 'report',
        status: 'final',
        code: { text: 'x' },
        subject,
        result: [{ reference: 'Observation/secret' }],
      } as Resource,
      {
        resourceType: 'Provenance',
        id: 'p',
        recorded: '2026-01-01T00:00:00Z',
        agent: [{ who: { display: 'x' } }],
        target: [{ reference: 'Observation/secret' }, { reference: 'Observation/plain' }],
      } as Resource,
      document('d-plain'),
      document('d-secret', labelled('SUD')),
      binary('d-plain'),
      binary('d-secret'),
    );
    await world.store('north', observation('plain', { note: [{ text: 'second' }] }));
    await world.store(
      'north',
      observation('secret', { ...labelled('42CFRPart2'), note: [{ text: 'second' }] }),
    );
    const claims: Partial<TokenClaims> = {
      scope: SCOPE,
      grant_id: 'g-1',
      sensitive: [...SUD, ...MH],
      part2: PART2,
    };
    released = await asMember(world, 'north', 'anna', claims);
    other = await asMember(world, 'north', 'anna', { scope: SCOPE, sensitive: [...MH] });
  }, 60_000);
  afterAll(() => world?.stop());

  const WITH = [
    'Observation/secret',
    'Observation/secret/_history/1',
    'Observation/secret/_history',
    'Observation/secret?_elements=status',
    'Observation',
    'Observation?_sort=_id&_count=3',
    'DiagnosticReport/report',
    'DiagnosticReport?status=final',
    'Provenance/p',
    'DocumentReference/d-secret',
    'DocumentReference/$docref?patient=anna',
    'Binary/d-secret',
    'Patient/anna/$everything?_part=clinical-service',
  ];
  const WITHOUT = [
    'Observation/plain',
    'Observation/plain/_history/1',
    'Observation/plain/_history',
    'Observation/mind',
    'Observation?_id=plain,mind',
    'Observation?_summary=count',
    'Observation?_count=0&_total=accurate',
    'DocumentReference/d-plain',
    'DocumentReference?_id=d-plain',
    'Binary/d-plain',
    'Observation/nothing',
    'Patient/anna/$everything?_part=clinical-service&_type=DeviceRequest',
  ];

  it.each(WITH)('goes with %s', async (path) => {
    const { status, headers, text } = await released(path);
    expect(status).toBe(200);
    expect(headers['part2-notice']).toBe(
      `"${PART2_STATEMENT}";consent="g-1";categories="substance-use";from="${PART2.from}";until="${PART2.until}";scope="${SCOPE}"`,
    );
    if (path.startsWith('Binary/')) return;
    const answer = JSON.parse(text) as { resourceType: string; type?: string; meta?: object };
    if (answer.resourceType !== 'Bundle') return;
    expect(answer.meta).toEqual({
      security: [
        { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' },
        { system: ACT, code: '42CFRPart2' },
        { system: ACT, code: 'NORDSCLCD' },
      ],
    });
    // An entry of a history is a version of the resource.
    const outcomes = (bundleOf({ text } as never).entry ?? []).filter(
      ({ search }) => search?.mode === 'outcome',
    );
    expect(outcomes).toHaveLength(answer.type === 'history' ? 0 : 1);
    for (const { resource } of outcomes)
      expect(resource).toMatchObject({
        resourceType: 'OperationOutcome',
        issue: [
          {
            severity: 'information',
            details: { text: PART2_STATEMENT },
            diagnostics: `Released by consent g-1 from ${PART2.from} until ${PART2.until}: substance-use, within ${SCOPE}`,
          },
        ],
      });
  });

  it('goes with what belongs beside a page', async () => {
    const about = (include: string[]) =>
      released('$related', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ include, revinclude: [] }),
      });
    expect((await about(['Observation/plain', 'Observation/mind'])).text).not.toContain('OperationOutcome');
    const { text } = await about(['Observation/plain', 'Observation/secret']);
    expect(text.trim().split('\n').at(-1)).toContain(PART2_STATEMENT);
  });

  it.each(WITHOUT)('does not go with %s', async (path) => {
    const { headers, text } = await released(path);
    expect(headers).not.toHaveProperty('part2-notice');
    expect(text).not.toMatch(/part2-notice|NORDSCLCD/);
  });

  it.each([...WITH, ...WITHOUT])('goes to no app without the release: %s', async (path) => {
    const { headers, text } = await other(path);
    expect(headers).not.toHaveProperty('part2-notice');
    expect(text).not.toMatch(/part2-notice|NORDSCLCD|42CFRPart2/);
  });

  it('keeps a long scope out of the header', async () => {
    const scope = `${SCOPE} ${'patient/Observation.rs?category=x '.repeat(60)}`.trim();
    const claims = { scope, grant_id: 'g-1', sensitive: [...SUD], part2: PART2 };
    const { headers } = await (await asMember(world, 'north', 'anna', claims))('Observation/secret');
    expect(String(headers['part2-notice']).length).toBeLessThan(400);
  });
});
