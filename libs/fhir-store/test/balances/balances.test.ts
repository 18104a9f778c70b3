/** `Coverage/{id}/$benefit-balance`: the plan's own answer, or what the claims add up to (ADR 124). */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Resource, SENSITIVE_CATEGORIES } from '@patient-access/fhir';
import type { TokenClaims } from '@patient-access/smart';
import { beginComplete, Ingest, stateComplete } from '../../src/ingest.ts';
import { alone } from '../../src/ingest/turns/storing.ts';
import { asMember, startWorld, withoutRequestId, type World } from '../world.ts';

const BALANCE = 'Coverage/c/$benefit-balance';
const EVERYTHING = Object.values(SENSITIVE_CATEGORIES).flat();
const YEAR = new Date().getUTCFullYear();
const thisYear = { start: `${YEAR}-01-01`, end: `${YEAR}-12-31` };

const ofCoverage = (benefitPeriod = thisYear, benefit: object = { usedMoney: { value: 30.0 } }) => ({
  insurance: [{ coverage: { reference: 'Coverage/c' }, benefitPeriod, item: [{ benefit: [benefit] }] }],
});
const answerOf = (id: string, created: string, more: object = {}): Resource => ({
  ...{ resourceType: 'CoverageEligibilityResponse', id, status: 'active', outcome: 'complete', created },
  patient: { reference: 'Patient/anna' },
  ...ofCoverage(),
  ...more,
});

describe('the plan’s own answer', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({}, 'coverage-service');
    for (const id of ['anna', 'ben'])
      await world.store(
        'north',
        { resourceType: 'Patient', id },
        coverage(id === 'anna' ? 'c' : 'of-ben', id),
      );
    await world.store(
      'north',
      coverage('d', 'anna'),
      answerOf('old', `${YEAR}-01-02`),
      answerOf('new', `${YEAR}-01-03`),
      answerOf('cancelled', `${YEAR}-01-04`, { status: 'cancelled' }),
      answerOf(
        'of-last-year',
        `${YEAR}-01-05`,
        ofCoverage({ start: `${YEAR - 1}-01-01`, end: `${YEAR - 1}-12-31` }),
      ),
      answerOf('failed', `${YEAR}-01-06`, { outcome: 'error' }),
      answerOf('of-limits', `${YEAR}-01-07`, ofCoverage(thisYear, { allowedMoney: { value: 500 } })),
    );
  });
  afterAll(() => world?.stop());

  const coverage = (id: string, member: string) => ({
    resourceType: 'Coverage',
    id,
    beneficiary: { reference: `Patient/${member}` },
  });
  const app = (change: Partial<TokenClaims> = {}) => asMember(world, 'north', 'anna', change);

  it('is the newest for now that says what is used, byte for byte, and is recorded', async () => {
    const anna = await app();
    const { status, text, requestId } = await anna(BALANCE);
    expect([status, text]).toEqual([200, (await anna('CoverageEligibilityResponse/new')).text]);
    const event = (await world.events()).find((each) => each.requestId === requestId);
    expect(event).toMatchObject({
      counts: { CoverageEligibilityResponse: 1 },
      outcome: '0',
      member: 'anna',
      bodyHash: expect.any(String),
    });
    expect(JSON.stringify(event)).toContain('new');
  });

  it('is left to the next service where there is none about this coverage', async () => {
    const [anna, path] = [await app(), 'Coverage/d/$benefit-balance'];
    const { status, text, headers } = await anna(path, { headers: { 'x-no-answer': 'true' } });
    expect([status, text, headers['x-no-answer']]).toEqual([200, '', 'true']);
    // A gateway of the release before does not know that answer.
    const unknowing = await anna(path);
    expect([unknowing.status, unknowing.headers['x-no-answer']]).toEqual([404, undefined]);
  });

  it('is as little there for another’s coverage as for one that does not exist', async () => {
    const anna = await app();
    const [foreign, absent] = [
      await anna('Coverage/of-ben/$benefit-balance'),
      await anna('Coverage/nil/$benefit-balance'),
    ];
    expect(foreign.status).toBe(404);
    expect({ ...withoutRequestId(foreign) }).toEqual(withoutRequestId(absent));
    expect((await anna('Coverage/$benefit-balance')).status).toBe(404);
  });

  it('needs both types, and takes no parameters', async () => {
    for (const scope of ['patient/Coverage.rs', 'patient/CoverageEligibilityResponse.rs'])
      expect((await (await app({ scope }))(BALANCE)).status).toBe(403);
    const scope = 'patient/Coverage.r patient/CoverageEligibilityResponse.rs';
    expect((await (await app({ scope }))(BALANCE)).status).toBe(200);
    expect((await (await app())(`${BALANCE}?_count=1`)).status).toBe(400);
    expect((await (await app())(`${BALANCE}?_part=claims-service`)).status).toBe(400);
  });
});

describe('the balance that is added up', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({}, 'claims-service');
  });
  afterAll(() => world?.stop());

  const claim = (id: string, member: string, dollars: number, more: object = {}): Resource => ({
    ...{ resourceType: 'ExplanationOfBenefit', id, status: 'active', use: 'claim', outcome: 'complete' },
    identifier: [{ system: 'urn:claims', value: id }],
    patient: { reference: `Patient/${member}` },
    created: `${YEAR}-01-02`,
    insurer: { reference: 'Organization/plan' },
    insurance: [{ focal: true, coverage: { reference: 'Coverage/c' } }],
    benefitPeriod: thisYear,
    total: [{ category: { coding: [{ code: 'deductible' }] }, amount: { value: dollars, currency: 'USD' } }],
    ...more,
  });
  const load = (name = randomUUID()) => ({ load: name, types: ['ExplanationOfBenefit'] });
  const UP_TO = `${YEAR}-01-03T02:00:00.000Z`;

  /** As an import that states at its end that claims are complete. */
  async function importAll(tenant: string, claims: Resource[], since = thisYear.start): Promise<boolean> {
    const own = load();
    await beginComplete(world.ingest, tenant, own);
    await new Ingest(alone(world.ingest), tenant, { load: own.load }).store(
      claims.map((resource) => ({ resource, origin: '' })),
    );
    return stateComplete(world.ingest, tenant, { ...own, since, upTo: UP_TO });
  }
  const app = (tenant: string, change: Partial<TokenClaims> = {}) =>
    asMember(world, tenant, 'anna', { sensitive: EVERYTHING, ...change });
  /** Without the tenant, in which the answers differ. */
  const said = (answer: Parameters<typeof withoutRequestId>[0]) => {
    const { headers, ...rest } = withoutRequestId(answer);
    return { ...rest, headers: { ...headers, 'x-response-subject': '' } };
  };
  const statusAt = async (tenant: string) => (await (await app(tenant))(BALANCE)).status;

  it('is of the member’s claims alone, marked, and recorded as an answer without claims', async () => {
    expect(
      await importAll('sum', [claim('1', 'anna', 30), claim('2', 'anna', 12.5), claim('3', 'ben', 99)]),
    ).toBe(true);
    const { status, text, requestId } = await (await app('sum'))(BALANCE);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({
      meta: { security: [{ code: 'AGGRED' }] },
      patient: { reference: 'Patient/anna' },
      created: UP_TO,
      insurance: [{ item: [{ benefit: [{ usedMoney: { value: 42.5 } }, { usedMoney: { value: 42.5 } }] }] }],
    });
    const event = (await world.events()).find((each) => each.requestId === requestId);
    expect(event).toMatchObject({ counts: { CoverageEligibilityResponse: 1 }, outcome: '0', member: 'anna' });
    expect(JSON.stringify(event)).not.toContain('ExplanationOfBenefit/');
  });

  it('is not there without a statement, or for a period that began before it', async () => {
    await world.store('unstated', claim('1', 'anna', 30));
    expect(await statusAt('unstated')).toBe(404);
    await importAll('later', [claim('1', 'anna', 30)], `${YEAR}-01-02`);
    expect(await statusAt('later')).toBe(404);
  });

  it('goes with the first change by another load, and comes with the next statement', async () => {
    const claims = [claim('1', 'anna', 30)];
    await importAll('again', claims);
    await world.store('again', claim('2', 'anna', 5));
    expect(await statusAt('again')).toBe(404);
    await importAll('again', claims);
    expect(await statusAt('again')).toBe(200);
    await world.erase('again', 'ExplanationOfBenefit/2');
    expect(await statusAt('again')).toBe(404);
    await importAll('again', [...claims, claim('3', 'anna', 7)]);
    expect(await statusAt('again')).toBe(200);
    const record = { type: 'ExplanationOfBenefit', id: '3' };
    await world.withdraw('again', { member: 'anna', record, reason: 'mixed up' });
    expect(await statusAt('again')).toBe(404);
  });

  it('is stated by none of two loads at once', async () => {
    const [one, other] = [load(), load()];
    await beginComplete(world.ingest, 'both', one);
    await beginComplete(world.ingest, 'both', other);
    await new Ingest(alone(world.ingest), 'both', { load: one.load }).store([
      { resource: claim('1', 'anna', 30), origin: '' },
    ]);
    for (const each of [one, other])
      expect(await stateComplete(world.ingest, 'both', { ...each, since: thisYear.start, upTo: UP_TO })).toBe(
        false,
      );
    expect(await statusAt('both')).toBe(404);
  });

  it('is not stated where a claim has a label that no member can release', async () => {
    const security = [{ system: 'urn:plan', code: 'secret' }];
    const claims = [claim('1', 'anna', 30), claim('2', 'ben', 30, { meta: { security } })];
    expect(await importAll('secret', claims)).toBe(false);
    expect(await statusAt('secret')).toBe(404);
  });

  it('goes when a claim is withheld from every app because of what it refers to, with the next load too', async () => {
    const practitioner = (label?: string): Resource => ({
      resourceType: 'Practitioner',
      id: 'p',
      ...(label && { meta: { security: [{ system: 'urn:plan', code: label }] } }),
    });
    const claims = [
      claim('1', 'anna', 30, { provider: { reference: 'Practitioner/p' } }),
      claim('2', 'anna', 5),
    ];
    await world.store('provider', practitioner());
    expect([await importAll('provider', claims), await statusAt('provider')]).toEqual([true, 200]);
    await world.store('provider', practitioner('vip'));
    expect(await statusAt('provider')).toBe(404);
    expect([await importAll('provider', claims), await statusAt('provider')]).toEqual([false, 404]);
    await world.store('provider', practitioner());
    expect(await statusAt('provider')).toBe(404);
    expect([await importAll('provider', claims), await statusAt('provider')]).toEqual([true, 200]);
  });

  it('stays where a label that a member can release comes to what a claim refers to', async () => {
    const [system = '', code = ''] = EVERYTHING[0]?.split('|') ?? [];
    await importAll('releasable', [claim('1', 'anna', 30, { provider: { reference: 'Practitioner/p' } })]);
    await world.store('releasable', {
      resourceType: 'Practitioner',
      id: 'p',
      meta: { security: [{ system, code }] },
    });
    expect(await statusAt('releasable')).toBe(200);
  });

  it('is nothing to any app from which something may be withheld, whatever there is to withhold', async () => {
    const security = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'ETH' }];
    await importAll('plain', [claim('1', 'anna', 30)]);
    await importAll('withheld', [claim('1', 'anna', 30), claim('2', 'anna', 70, { meta: { security } })]);
    const three = ['Coverage', 'CoverageEligibilityResponse', 'ExplanationOfBenefit'];
    const filtered = three.map((narrow) =>
      three.map((type) => `patient/${type}.rs${type === narrow ? '?status=active' : ''}`).join(' '),
    );
    const narrow: Partial<TokenClaims>[] = [
      { sensitive: [] },
      { sensitive: EVERYTHING.slice(1) },
      ...filtered.map((scope) => ({ scope })),
    ];
    for (const change of narrow) {
      const [plain, withheld, none] = await Promise.all(
        ['plain', 'withheld', 'nowhere'].map(async (tenant) => (await app(tenant, change))(BALANCE)),
      );
      expect([change, plain?.status]).toEqual([change, 404]);
      for (const other of [withheld, none]) expect(other && said(other)).toEqual(plain && said(plain));
    }
    for (const missing of three) {
      const scope = three.flatMap((type) => (type === missing ? [] : `patient/${type}.rs`)).join(' ');
      expect((await (await app('plain', { scope }))(BALANCE)).status).toBe(403);
    }
    const all = JSON.parse((await (await app('withheld'))(BALANCE)).text) as object;
    expect(JSON.stringify(all)).toContain('"value":100');
  });
});
