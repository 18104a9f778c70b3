/** What goes away, and how each answer that is concerned says so (RFC 9745, RFC 8594; docs/developers/deprecation.md). */
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Something that an app can ask for, and that will end. */
export interface Deprecation {
  /** which requests are concerned, by method, path and query as the client sent them */
  concerns: (request: Pick<FastifyRequest, 'method' | 'url'>) => boolean;
  /** since when it is deprecated */
  since: Date;
  /** from when it need not work any more, 180 days later at least */
  sunset: Date;
  /** heading of the page of changes that says what to do instead, as `#2027-01-15` */
  heading: string;
}

/** Nothing is deprecated today. A row here is an entry of docs/developers/changelog.md too. */
export const DEPRECATIONS: readonly Deprecation[] = [];

const MIN_NOTICE_MS = 180 * 24 * 3_600 * 1_000;
const SECOND_MS = 1_000;
/** Where the deprecation policy is, on the developer site. */
const CHANGES = '/changelog';

/** @returns a Date of Structured Fields (RFC 9651 section 3.3.7) */
const structuredDate = (date: Date): string => `@${Math.floor(date.getTime() / SECOND_MS)}`;

function headersOf({ since, sunset, heading }: Deprecation, developersUrl: string | undefined) {
  const page = developersUrl === undefined ? undefined : `${developersUrl}${CHANGES}${heading}`;
  return {
    deprecation: structuredDate(since),
    sunset: sunset.toUTCString(),
    ...(page !== undefined && {
      link: `<${page}>; rel="deprecation"; type="text/html", <${page}>; rel="sunset"; type="text/html"`,
    }),
  };
}

/**
 * Adds the headers to every answer that is concerned, also to a refusal. Where several rows concern a request, the one
 * that ends first speaks.
 *
 * @param developersUrl scheme and host of the developer site; undefined where there is none
 * @throws Error when a row gives apps less time than the policy promises
 */
export function announceDeprecations(
  server: FastifyInstance,
  deprecations: readonly Deprecation[],
  developersUrl: string | undefined,
): void {
  for (const { since, sunset, heading } of deprecations)
    if (sunset.getTime() - since.getTime() < MIN_NOTICE_MS)
      throw new Error(`${heading} ends less than 180 days after it is announced`);
  const rows = deprecations
    .toSorted((a, b) => a.sunset.getTime() - b.sunset.getTime())
    .map((row) => ({ concerns: row.concerns, headers: Object.entries(headersOf(row, developersUrl)) }));
  if (rows.length === 0) return;
  server.addHook('onRequest', (request, { raw }, done) => {
    const row = rows.find(({ concerns }) => concerns(request));
    for (const [name, value] of row?.headers ?? []) raw.setHeader(name, value);
    done();
  });
}
