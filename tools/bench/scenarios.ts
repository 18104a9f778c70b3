/** What is measured: a request of the product beside the bare server that is its limit. */
import type { Session } from './installation.ts';
import type { Call } from './load/call.ts';

/** Members' sessions and what they have. */
export interface Population {
  /** with scopes for everything */
  sessions: (Session & { claimIds: string[] })[];
  /** with a scope for nothing that is asked for */
  narrow: Session[];
}

export interface Scenario {
  name: string;
  /** the owner whose database the limit reads */
  database: 'claims' | 'clinical';
  type: 'ExplanationOfBenefit' | 'Observation';
  /** in words, with its letter in docs/performance.md */
  limit: 'd' | 'f';
  expect: number;
  /** latency at half of saturation, too */
  openLoop?: boolean;
  product(population: Population): Promise<Call[]> | Call[];
  bare(population: Population): Call[];
}

/** Members whose first page of claims is full. */
const PAGE = 50;
const withPages = ({ sessions }: Population) => sessions.filter(({ claimIds }) => claimIds.length > PAGE);

function call(session: Session, path: string): Call {
  const { pathname } = new URL(session.fhirBase);
  return { path: `${pathname}/${path}`, headers: { authorization: `Bearer ${session.accessToken}` } };
}

async function secondPage(session: Session): Promise<Call> {
  const response = await fetch(`${session.fhirBase}/ExplanationOfBenefit?_count=${PAGE}`, {
    headers: { authorization: `Bearer ${session.accessToken}` },
  });
  const bundle = (await response.json()) as { link: { relation: string; url: string }[] };
  const next = bundle.link.find(({ relation }) => relation === 'next')?.url ?? '';
  return call(session, next.slice(session.fhirBase.length + 1));
}

const GZIP = { 'accept-encoding': 'gzip' };
/** The same, compressed: by the product and by its limit. */
const compressed = (calls: Call[]): Call[] =>
  calls.map(({ path, headers }) => ({ path, headers: { ...headers, ...GZIP } }));

const bareRead = ({ sessions }: Population): Call[] =>
  sessions.flatMap(({ tenant, member, claimIds }) =>
    claimIds.map((id) => ({ path: `/read/${tenant}/${member}/${id}`, headers: {} })),
  );
const barePage = (population: Population): Call[] =>
  withPages(population).map(({ tenant, member }) => ({ path: `/page/${tenant}/${member}`, headers: {} }));

const reads = ({ sessions }: Population): Call[] =>
  sessions.flatMap((session) => session.claimIds.map((id) => call(session, `ExplanationOfBenefit/${id}`)));
const pages = (population: Population): Call[] =>
  withPages(population).map((session) => call(session, `ExplanationOfBenefit?_count=${PAGE}`));

const claims = { database: 'claims', type: 'ExplanationOfBenefit', expect: 200 } as const;
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
    ...claimsPage,
    name: 'page-by-date',
    product: (population) =>
      withPages(population).map((session) =>
        call(session, `ExplanationOfBenefit?service-date=ge2000-01-01&_count=${PAGE}`),
      ),
  },
  {
    name: 'observations',
    database: 'clinical',
    type: 'Observation',
    limit: 'f',
    expect: 200,
    bare: barePage,
    product: (population) =>
      withPages(population).map((session) =>
        call(session, `Observation?category=vital-signs&date=ge2000-01-01&_count=${PAGE}`),
      ),
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
