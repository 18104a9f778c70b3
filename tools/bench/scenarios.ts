/** The scenarios: each is a request of the product, and the bare server that shows its limit. */
import type { BenchSession } from './installation.ts';
import type { Call } from './load/call.ts';
import {
  type SearchParameters,
  CLAIMS_BY_DATE,
  CLAIMS_PAGE,
  FEW_OBSERVATIONS,
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
  /** whether only the product can be asked, because it refuses, or because its own links are followed */
  productOnly?: boolean;
  /** @param ask the server that is asked; if absent, the product */
  product(population: Population, ask?: ServerCall): Promise<Call[]> | Call[];
  bare(population: Population): Call[];
}

/** Makes a request of a path below the FHIR base, about the member of a session. */
export type ServerCall = (session: BenchSession, path: string) => Call;

/** Members whose first page of claims is full. */
const withPages = ({ sessions }: Population) =>
  sessions.filter(({ claimIds }) => claimIds.length > CLAIMS_PAGE);

const askProduct: ServerCall = ({ fhirBase, accessToken }, path) => ({
  path: `${new URL(fhirBase).pathname}/${path}`,
  headers: { authorization: `Bearer ${accessToken}` },
});

/** A server without tokens is told in the query whose resources it searches. @param base of the other FHIR server */
export const askPeer =
  (base: string): ServerCall =>
  ({ member }, path) => ({
    // An operation on a Patient names the member already.
    path: `${new URL(base).pathname.replace(/\/$/, '')}/${path}${/^\w+\?/.test(path) ? `&patient=${member}` : ''}`,
    headers: {},
  });

async function secondPage(session: BenchSession): Promise<Call> {
  const response = await fetch(`${session.fhirBase}/ExplanationOfBenefit?_count=${CLAIMS_PAGE}`, {
    headers: { authorization: `Bearer ${session.accessToken}` },
  });
  const bundle = (await response.json()) as { link: { relation: string; url: string }[] };
  const next = bundle.link.find(({ relation }) => relation === 'next')?.url ?? '';
  return askProduct(session, next.slice(session.fhirBase.length + 1));
}

const GZIP = { 'accept-encoding': 'gzip' };
/** @returns the same requests for compressed responses */
const compressed = (calls: Call[]): Call[] =>
  calls.map(({ path, headers }) => ({ path, headers: { ...headers, ...GZIP } }));

/**
 * The first claim of each session, then the second of each, and so on. Requests of many members come together, as in use.
 * One member's after the other would meet the limit of requests that a grant may have under way.
 */
function inTurns<Result>(
  { sessions }: Population,
  each: (session: Population['sessions'][number], id: string) => Result,
): Result[] {
  const most = Math.max(0, ...sessions.map(({ claimIds }) => claimIds.length));
  return Array.from({ length: most }, (_, at) =>
    sessions.flatMap((session) => session.claimIds.slice(at, at + 1).map((id) => each(session, id))),
  ).flat();
}

const bareRead = (population: Population): Call[] =>
  inTurns(population, ({ tenant, member }, id) => ({ path: `/read/${tenant}/${member}/${id}`, headers: {} }));
const barePage = (population: Population): Call[] =>
  withPages(population).map(({ tenant, member }) => ({ path: `/page/${tenant}/${member}`, headers: {} }));

const bareSearch = (sessions: readonly BenchSession[], statement: 'search' | 'few' = 'search'): Call[] =>
  sessions.map(({ tenant, member }) => ({ path: `/${statement}/${tenant}/${member}`, headers: {} }));
const searches = (
  sessions: readonly BenchSession[],
  type: string,
  asked: SearchParameters,
  ask: ServerCall = askProduct,
): Call[] => {
  const query = asked.map((parameter) => parameter.join('=')).join('&');
  return sessions.map((session) => ask(session, `${type}?${query}`));
};

const reads = (population: Population, ask: ServerCall = askProduct): Call[] =>
  inTurns(population, (session, id) => ask(session, `ExplanationOfBenefit/${id}`));
const pages = (population: Population, ask: ServerCall = askProduct): Call[] =>
  withPages(population).map((session) => ask(session, `ExplanationOfBenefit?_count=${CLAIMS_PAGE}`));

const claims = { database: 'claims', type: 'ExplanationOfBenefit', expect: 200 } as const;
const observations = {
  database: 'clinical',
  type: 'Observation',
  limit: 's',
  expect: 200,
  bare: ({ sessions }: Population) => bareSearch(sessions),
  product: ({ sessions }: Population, ask?: ServerCall) =>
    searches(sessions, 'Observation', OBSERVATIONS_BY_CATEGORY_AND_DATE, ask),
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
    product: (population, ask) => compressed(reads(population, ask)),
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
    product: (population, ask) => compressed(pages(population, ask)),
  },
  {
    ...claimsPage,
    name: 'page-2',
    productOnly: true,
    product: (population) => Promise.all(withPages(population).map(secondPage)),
  },
  {
    ...claims,
    name: 'page-by-date',
    limit: 's',
    bare: (population) => bareSearch(withPages(population)),
    product: (population, ask) =>
      searches(withPages(population), 'ExplanationOfBenefit', CLAIMS_BY_DATE, ask),
  },
  { ...observations, name: 'observations' },
  {
    ...observations,
    name: 'observations-gzip',
    bare: (population) => compressed(observations.bare(population)),
    product: (population, ask) => compressed(observations.product(population, ask)),
  },
  {
    ...observations,
    name: 'observations-few',
    openLoop: true,
    bare: ({ sessions }) => bareSearch(sessions, 'few'),
    product: ({ sessions }, ask) => searches(sessions, 'Observation', FEW_OBSERVATIONS, ask),
  },
  {
    ...claimsPage,
    name: 'everything',
    product: ({ sessions }, ask = askProduct) =>
      sessions.map((session) => ask(session, `Patient/${session.member}/$everything?_count=${CLAIMS_PAGE}`)),
  },
  {
    ...observations,
    name: 'revinclude',
    product: ({ sessions }, ask = askProduct) =>
      sessions.map((session) => ask(session, 'Observation?_count=10&_revinclude=Provenance:target')),
  },
  {
    ...claims,
    name: 'refusal',
    limit: 'd',
    expect: 403,
    productOnly: true,
    bare: bareRead,
    product: ({ sessions, narrow }) =>
      narrow.map((session, at) =>
        askProduct(session, `ExplanationOfBenefit/${sessions[at]?.claimIds[0] ?? '1'}`),
      ),
  },
];
