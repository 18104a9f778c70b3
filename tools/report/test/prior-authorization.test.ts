/** The public metrics on prior authorization, from PDex ExplanationOfBenefits. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import { classify, isCounted } from '../prior-authorization/classify.ts';
import { nextBusinessDay } from '../prior-authorization/business-days.ts';
import { metricsOf, servicesOf } from '../prior-authorization/metrics.ts';
import { filesOf, priorAuthorizationFiles } from '../prior-authorization/report.ts';
import { overdueOf, overdueSince } from '../prior-authorization/overdue.ts';
import { planFiguresOf } from '../prior-authorization/plan-figures.ts';
import { lateSince, timelinessOf } from '../prior-authorization/timeliness.ts';
import { firstLoadOf } from '../prior-authorization/requests.ts';
import { reportOptions } from '../options.ts';
import { ASKED, receivedIn, startWorld, type World } from './world.ts';

const PDEX = 'http://hl7.org/fhir/us/davinci-pdex/StructureDefinition';
const PAS = 'http://hl7.org/fhir/us/davinci-pas/StructureDefinition';
const CPT = 'http://www.ama-assn.org/go/cpt';

interface Said {
  actions?: string[];
  created?: string;
  decided?: string;
  issued?: string;
  level?: string;
  /** X12 1322 */
  kind?: string;
  more?: object;
}

const coded = (url: string, code: string) => ({ url, valueCodeableConcept: { coding: [{ code }] } });

/** A request whose items have these actions as decisions. */
function request(id: string, { actions = [], decided, issued, level, kind, ...said }: Said): Resource {
  const action = (code: string) => ({
    category: { coding: [{ code: 'submitted' }] },
    extension: [
      {
        url: `${PDEX}/extension-reviewAction`,
        extension: [
          { url: `${PDEX}/extension-reviewActionCode`, valueCodeableConcept: { coding: [{ code }] } },
        ],
      },
      ...(decided ? [{ url: `${PDEX}/base-ext-when-adjudicated`, valueDateTime: decided }] : []),
    ],
  });
  return {
    resourceType: 'ExplanationOfBenefit',
    id,
    status: 'active',
    type: { coding: [{ code: 'professional' }] },
    use: 'preauthorization',
    patient: { reference: 'Patient/anna' },
    created: said.created ?? '2026-03-01T00:00:00Z',
    insurer: { display: 'plan' },
    provider: { display: 'clinic' },
    outcome: 'complete',
    insurance: [{ focal: true, coverage: { reference: 'Coverage/c' } }],
    extension: [
      ...(level ? [coded(`${PDEX}/extension-levelOfServiceCode`, level)] : []),
      ...(kind ? [coded(`${PAS}/extension-certificationType`, kind)] : []),
    ],
    item: actions.map((code, at) => ({
      sequence: at + 1,
      productOrService: { coding: [{ system: CPT, code: '70551' }], text: 'MRI of the head' },
      ...(issued && { extension: [{ url: `${PAS}/extension-itemPreAuthIssueDate`, valueDate: issued }] }),
      adjudication: [action(code)],
    })),
    ...said.more,
  };
}

describe('the metrics on prior authorization', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.store(request('appealed', { actions: ['A3'], decided: '2026-03-02T00:00:00Z' }));
    await world.store(
      request('quick', { actions: ['A1', 'NA'], decided: '2026-03-02T00:00:00Z' }),
      request('slow', { actions: ['A1'], issued: '2026-03-06' }),
      request('partly', { actions: ['A1', 'A3'], decided: '2026-03-03T12:00:00Z' }),
      request('denied', { actions: ['C', 'A3'] }),
      request('appealed', { actions: ['A1'], decided: '2026-03-09T00:00:00Z' }),
      request('appeal-won', { actions: ['A1'], kind: '2', decided: '2026-05-30T00:00:00Z' }),
      request('appeal-lost', { actions: ['A3'], kind: '2', decided: '2026-05-30T00:00:00Z' }),
      request('appeal-in-part', { actions: ['A2'], kind: '2' }),
      request('appeal-open', { actions: ['A4'], kind: '2' }),
      request('appeal-urgent', { actions: ['A3'], kind: '1' }),
      request('open', { actions: ['A1', 'A4'] }),
      request('ended', { actions: ['C'] }),
      request('withdrawn', { actions: ['A4'], more: { status: 'cancelled' } }),
      request('urgent', { actions: ['A1'], level: 'U', decided: '2026-03-01T12:00:00Z' }),
      request('drug', { actions: ['A1'], more: { type: { coding: [{ code: 'pharmacy' }] } } }),
      request('mistake', { actions: ['A1'], more: { status: 'entered-in-error' } }),
      request('old', { actions: ['A1'], created: '2025-12-31', more: { contained: [ASKED] } }),
      request('claim', { actions: ['A1'], more: { use: 'claim' } }),
    );
  }, 60_000);
  afterAll(() => world?.stop());

  const received = (year = 2026) => receivedIn(world.owner, year);
  const classified = async (year?: number) => (await received(year)).filter(isCounted).map(classify);

  test('are shares of the decided requests, and times where the data have them', async () => {
    const metrics = metricsOf(await classified());
    expect(metrics.map(({ name, value, of }) => [name.trim(), value, of])).toEqual([
      ['Approved, standard', '80.0 %', 5],
      ['of these approved in part, standard', '20.0 %', 5],
      ['Denied, standard', '20.0 %', 5],
      ['Average time to a decision, standard (days)', '4.1', 4],
      ['Median time to a decision, standard (days)', '3.8', 4],
      ['Approved, expedited', '100.0 %', 1],
      ['of these approved in part, expedited', '0.0 %', 1],
      ['Denied, expedited', '0.0 %', 1],
      ['Average time to a decision, expedited (days)', '0.5', 1],
      ['Median time to a decision, expedited (days)', '0.5', 1],
      ['Approved after appeal, standard', '66.7 %', 3],
      ['Denied in an earlier version, approved now (an upper bound for it)', '1', 9],
      ['Approved after the time for review was extended', undefined, undefined],
      ['Not decided yet (in no share above)', '1', 9],
      ['Cancelled, or needed no decision (in no share above)', '2', 9],
    ]);
    for (const { value, why } of metrics) expect(value === undefined).toBe(why !== undefined);
  });

  test('cover one year, and say so when it has no requests', async () => {
    expect(await classified(2025)).toHaveLength(1);
    const none = metricsOf(await classified(2020));
    expect(none[0]).toEqual({ name: 'Approved, standard', why: 'no request was decided in the year' });
    const undated = metricsOf([
      {
        urgency: 'standard',
        isAppeal: false,
        ended: false,
        decision: 'denied',
        reversed: false,
        services: [],
      },
    ]);
    const why = (start: string) => undated.find(({ name }) => name.startsWith(start))?.why;
    expect(why('Average')).toBe('no decision of these says when it was made');
    expect(why('Approved after appeal')).toMatch(/^no request in the year says that it is an appeal/);
  });

  test('come with the requested services, in files that name no member', async () => {
    const all = await classified();
    const services = servicesOf(all);
    expect(services).toEqual([{ code: `${CPT}|70551`, name: 'MRI of the head', times: 13 }]);
    const options = { tenant: 'northwind', year: 2026, out: '.', ownApps: [] };
    const files = priorAuthorizationFiles(options, metricsOf(all), services);
    expect(Object.keys(files)).toHaveLength(3);
    for (const content of Object.values(files)) expect(content).not.toMatch(/anna|<script/);
    const [sheet = ''] = Object.values(files);
    expect(sheet).toContain('"northwind",2026,"Approved, standard","80.0 %",5,""\r\n');
    expect(sheet).toContain(
      '"not in the data","","PDex has no element for an extended review: to be supplied by the plan"',
    );
  });

  test('are complete with what the plan supplies', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'figures-'));
    const file = join(folder, 'figures.json');
    const said = {
      approvedAfterAppeal: { approved: 1, of: 4 },
      approvedAfterExtension: { approved: 0, of: 0 },
      services: [{ code: `${CPT}|70551`, name: 'MRI of the head' }],
    };
    await writeFile(file, `\uFEFF${JSON.stringify(said)}`);
    const figures = planFiguresOf(file);
    const metrics = metricsOf(await classified(), figures);
    expect(metrics.filter(({ name }) => name.startsWith('Approved after'))).toEqual([
      { name: 'Approved after appeal, standard', value: '25.0 %', of: 4 },
      { name: 'Approved after the time for review was extended', why: 'there was none in the year' },
    ]);
    const options = { tenant: 'northwind', year: 2026, out: '.', ownApps: [] };
    const files = priorAuthorizationFiles(options, metrics, [], figures.services);
    expect(files['prior-authorization-northwind-2026-required.csv']).toContain('"MRI of the head"');
    await writeFile(file, JSON.stringify({ approvedAfterAppeal: { approved: 5, of: 4 } }));
    expect(() => planFiguresOf(file)).toThrow(/approvedAfterAppeal: approved is more than of/);
    await rm(folder, { recursive: true });
  });

  test('come with when each decision was in the API', async () => {
    const firstLoad = await firstLoadOf(world.owner, 'northwind');
    const timed = timelinessOf(await received(), firstLoad);
    // Everything was decided before anything was loaded, so nobody could have kept the time.
    expect(new Set(timed.map(({ state }) => state))).toEqual(new Set(['before the first load']));
    expect(timed.filter(({ id }) => id === 'appealed').map(({ decision }) => decision)).toEqual([
      'denied',
      'approved',
    ]);
    expect(timed.every(({ stored }) => stored.getTime() > Date.now() - 600_000)).toBe(true);
  });
});

describe('a decision has to be in the API one business day after it was made', () => {
  const FIRST_LOAD = new Date('2026-01-02T00:00:00Z');
  const stateOf = (decided: string, ...stored: string[]) => {
    const version = (actions: string[]) => request('a', { actions, decided });
    const versions = stored.map((at, index) => ({
      resource: version(index === 0 && stored.length > 1 ? ['A4'] : ['A1']),
      at: new Date(at),
    }));
    const [current, ...earlier] = versions.map(({ resource }) => resource).reverse();
    const timed = timelinessOf(
      [{ current: current ?? version([]), earlier: earlier.reverse(), stored: versions.map(({ at }) => at) }],
      FIRST_LOAD,
    );
    return timed[0]?.state;
  };

  test.each([
    ['a weekend between', '2026-03-06T15:00:00Z', '2026-03-09T23:00:00Z', 'in time'],
    ['a day too late', '2026-03-06T15:00:00Z', '2026-03-10T00:10:00Z', 'late'],
    ['by the clock of the plan', '2026-03-06T15:00:00-06:00', '2026-03-10T05:10:00Z', 'in time'],
    ['a holiday between', '2026-07-02T15:00:00Z', '2026-07-06T12:00:00Z', 'in time'],
    ['a date without a time', '2026-03-04', '2026-03-06T00:10:00Z', 'late'],
    [
      'before the plan loaded anything',
      '2025-12-29T15:00:00Z',
      '2026-02-01T00:00:00Z',
      'before the first load',
    ],
  ])('%s', (_name, decided, stored, state) => {
    expect(stateOf(decided, stored)).toBe(state);
  });

  test('counted from the version that has the decision, not from the one that waited', () => {
    expect(stateOf('2026-03-06T15:00:00Z', '2026-03-01T00:00:00Z', '2026-03-12T00:00:00Z')).toBe('late');
  });

  test('who asks each day hears of what has come late since, and of nothing older', () => {
    const [decided, came] = ['2026-03-06T15:00:00Z', new Date('2026-03-12T00:00:00Z')];
    const current = request('a', { actions: ['A1'], decided });
    const late = timelinessOf([{ current, earlier: [], stored: [came] }], FIRST_LOAD);
    expect([undefined, came, new Date(came.getTime() + 1)].map((since) => lateSince(late, since))).toEqual([
      late,
      late,
      [],
    ]);
    const asked = ['--tenant', 'northwind', '--year', '2026'];
    const daily = reportOptions([...asked, '--late-within', '2']);
    expect(daily).toMatchObject({ lateWithinDays: 2 });
    expect(() => reportOptions([...asked, '--late-within', '0'])).toThrow(/--late-within <days>/);
    const written = (options: typeof daily) =>
      Object.keys(filesOf(options, { classified: [], figures: {}, decisions: late, overdue: [] }));
    const list = 'prior-authorization-northwind-2026-decisions.csv';
    expect(written(daily)).toEqual([list, list.replace('decisions', 'overdue')]);
    expect(written(reportOptions(asked))).toEqual(
      expect.arrayContaining([list, 'prior-authorization-northwind-2026.html']),
    );
  });

  test('a business day is no holiday, also one that is kept on another day', () => {
    expect(
      ['2026-07-02', '2026-11-25', '2027-12-30', '2026-01-16', '2026-05-22'].map(nextBusinessDay),
    ).toEqual(['2026-07-06', '2026-11-27', '2028-01-03', '2026-01-20', '2026-05-26']);
  });
});

describe('a request has to be decided in seven days, or in 72 hours', () => {
  const NOW = new Date('2026-03-09T00:00:00Z');
  const waits = (id: string, said: Said, earlier: Said[] = []) => ({
    current: request(id, said),
    earlier: earlier.map((each) => request(id, each)),
    stored: [],
  });
  const overdue = (...requests: ReturnType<typeof waits>[]) =>
    overdueOf(requests, NOW).map(({ id, urgency, due }) => `${id} ${urgency} ${due.toISOString()}`);
  const at = (created: string, actions = ['A4']) => ({ created, actions });

  test('otherwise it is overdue, also when some of it is decided', () => {
    expect(
      overdue(
        waits('week', at('2026-03-01T12:00:00Z')),
        waits('in-time', at('2026-03-02T12:00:00Z')),
        waits('no-hour', at('2026-03-01')),
        waits('hour-unknown', at('2026-02-28')),
        waits('part', at('2026-02-01T00:00:00Z', ['A1', 'A4'])),
        waits('urgent', { ...at('2026-03-05T12:00:00Z'), level: 'U' }),
        waits('urgent-in-time', { ...at('2026-03-06T12:00:00Z'), level: 'U' }),
        waits('appeal', { ...at('2026-02-06T00:00:00Z'), kind: '2' }),
        waits('appeal-in-time', { ...at('2026-02-08T00:00:00Z'), kind: '2' }),
        waits('appeal-urgent', { ...at('2026-03-05T12:00:00Z'), kind: '1' }),
        waits('renewed', { ...at('2026-03-01T00:00:00Z'), kind: 'R' }),
        waits('dated-again', at('2026-03-08T00:00:00Z'), [at('2026-03-01T00:00:00Z')]),
        waits('whole', { created: '2026-03-01T00:00:00Z', more: { outcome: 'queued' } }),
      ),
    ).toEqual([
      'week standard 2026-03-08T12:00:00.000Z',
      'hour-unknown standard 2026-03-08T00:00:00.000Z',
      'part standard 2026-02-08T00:00:00.000Z',
      'urgent expedited 2026-03-08T12:00:00.000Z',
      'appeal standard 2026-03-08T00:00:00.000Z',
      'appeal-urgent expedited 2026-03-08T12:00:00.000Z',
      'renewed standard 2026-03-08T00:00:00.000Z',
      'dated-again standard 2026-03-08T00:00:00.000Z',
      'whole standard 2026-03-08T00:00:00.000Z',
    ]);
  });

  test('what ended is not overdue: decided, taken back, without an action', () => {
    const [created, cancelled] = ['2026-02-01T00:00:00Z', { more: { status: 'cancelled' } }];
    expect(
      overdue(
        waits('denied', at(created, ['A3'])),
        waits('ended', at(created, ['C', 'A1'])),
        waits('cancelled', { ...at(created), ...cancelled }),
        waits('says-nothing', at(created, [])),
      ),
    ).toEqual([]);
  });

  test('who asks each day hears of what has become overdue since', () => {
    const found = overdueOf([waits('week', at('2026-03-01T12:00:00Z'))], NOW);
    const due = new Date('2026-03-08T12:00:00Z');
    const since = [undefined, due, new Date(due.getTime() + 1)];
    expect(since.map((each) => overdueSince(found, each).length)).toEqual([1, 1, 0]);
  });
});
