/** The scenarios: each is a request of the product, and the bare server that shows its limit. */
import type { BenchSession } from './installation.ts';
import type { Call } from './load/call.ts';
import {
  type SearchParameters,
  CLAIMS_BY_DATE,
  CLAIMS_PAGE,
  OBSERVATIONS_BY_CATEGORY_AND_DATE,
} from './statements.ts';

/** The sessions of members, and the ids of their claims. */
export interface Population {
  /** sessions with scopes for all types */
  sessions: (BenchSession & { claimIds: string[] })[];
  /** sessions whose scope does not cover the requested types */
  narrow: BenchSession[];
}

export interface Scenario {
  name: string;
  /** the owner whose database the limit reads */
  database: 'claims' | 'clinical';
  type: 'ExplanationOfBenefit' | 'Observation';
  /** the limit; docs/performance.md explains the letters */
  limit: 'd' | 'f' | 's';
  expect: number;
  /** whether the latency at half of the saturation is measured too */
  openLoop?: boolean;
  product(population: Population): Promise<Call[]> | Call[];
  bare(population: Population): Call[];
}

/** Members whose first page of claims is full. */
const withPages = ({ sessions }: Population) =>
  sessions.filter(({ claimIds }) => claimIds.length > CLAIMS_PAGE);

function call(session: BenchSession, path: string): Call {
  const { pathname } = new URL(session.fhirBase);
  return { path: `${pathname}/${path}`, headers: { authorization: `Bearer ${session.accessToken}` } };
}

async function secondPage(session: BenchSession): Promise<Call> {
  const response = await fetch(`${session.fhirBase}/ExplanationOfBenefit?_count=${CLAIMS_PAGE}`, {
    headers: { authorization: `Bearer ${session.accessToken}` },
  });
  const bundle = (await response.json()) as { link: { relation: string; url: string }[] };
  const next = bundle.link.find(({ relation }) => relation === 'next')?.url ?? '';
  return call(session, next.slice(session.fhirBase.length + 1));
}

const GZIP = { 'accept-encoding': 'gzip' };
/** @returns the same requests for compressed responses */
const compressed = (calls: Call[]): Call[] =>
  calls.map(({ path, headers }) => ({ path, headers: { ...headers, ...GZIP } }));

const bareRead = ({ sessions }: Population): Call[] =>
  sessions.flatMap(({ tenant, member, claimIds }) =>
    claimIds.map((id) => ({ path: `/read/${tenant}/${member}/${id}`, headers: {} })),
  );
const barePage = (population: Population): Call[] =>
  withPages(population).map(({ tenant, member }) => ({ path: `/page/${tenant}/${member}`, headers: {} }));

const bareSearch = (sessions: readonly BenchSession[]): Call[] =>
  sessions.map(({ tenant, member }) => ({ path: `/search/${tenant}/${member}`, headers: {} }));
const searches = (sessions: readonly BenchSession[], type: string, asked: SearchParameters): Call[] => {
  const query = asked.map((parameter) => parameter.join('=')).join('&');
  return sessions.map((session) => call(session, `${type}?${query}`));
};

const reads = ({ sessions }: Population): Call[] =>
  sessions.flatMap((session) => session.claimIds.map((id) => call(session, `ExplanationOfBenefit/${id}`)));
const pages = (population: Population): Call[] =>
  withPages(population).map((session) => call(session, `ExplanationOfBenefit?_count=${CLAIMS_PAGE}`));

const claims = { database: 'claims', type: 'ExplanationOfBenefit', expect: 200 } as const;
const observations = {
  database: 'clinical',
  type: 'Observation',
  limit: 's',
  expect: 200,
  bare: ({ sessions }: Population) => bareSearch(sessions),
  product: ({ sessions }: Population) => searches(sessions, 'Observation', OBSERVATIONS_BY_CATEGORY_AND_DATE),
} as const;
const claimsPage = { ...claims, limit: 'f', bare: barePage } as const;

export const SCENARIOS: readonly Scenario[] = [
  {
    ...claims,
    name: 'read',
    limit: 'd',
    openLoop: true,
    bare: bareRead,
    product: reads,
  },
  {
    ...claims,
    name: 'read-gzip',
    limit: 'd',
    bare: (population) => compressed(bareRead(population)),
    product: (population) => compressed(reads(population)),
  },
  {
    ...claimsPage,
    name: 'page',
    openLoop: true,
    product: pages,
  },
  {
    ...claimsPage,
    name: 'page-gzip',
    bare: (population) => compressed(barePage(population)),
    product: (population) => compressed(pages(population)),
  },
  {
    ...claimsPage,
    name: 'page-2',
    product: (population) => Promise.all(withPages(population).map(secondPage)),
  },
  {
    ...claims,
    name: 'page-by-date',
    limit: 's',
    bare: (population) => bareSearch(withPages(population)),
    product: (population) => searches(withPages(population), 'ExplanationOfBenefit', CLAIMS_BY_DATE),
  },
  { ...observations, name: 'observations' },
  {
    ...observations,
    name: 'observations-gzip',
    bare: (population) => compressed(observations.bare(population)),
    product: (population) => compressed(observations.product(population)),
  },
  {
    ...observations,
    name: 'revinclude',
    product: ({ sessions }) =>
      sessions.map((session) => call(session, 'Observation?_count=10&_revinclude=Provenance:target')),
  },
  {
    ...claims,
    name: 'refusal',
    limit: 'd',
    expect: 403,
    bare: bareRead,
    product: ({ sessions, narrow }) =>
      narrow.map((session, at) => call(session, `ExplanationOfBenefit/${sessions[at]?.claimIds[0] ?? '1'}`)),
  },
];
