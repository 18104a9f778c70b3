/** How fresh each kind of data is, for the page of connected apps. */
import type { FeedFreshness } from '@patient-access/internal-api';
import { KINDS } from '../../domain/consent/kinds.ts';
import type { AppsView } from '../pages/apps.ts';
import type { SessionContext } from '../session/session-context.ts';

type Feed = FeedFreshness & { asOf: string };

/**
 * The instant that a kind of several types is told with. The plan named a rhythm for the types that it sends regularly, and
 * the oldest of these counts. Without one, a type that was loaded once, long ago, may not make the others look old.
 */
function asOfKind(feeds: readonly Feed[]): string | undefined {
  const expected = feeds.filter(({ everySeconds }) => everySeconds !== null);
  const instants = (expected.length > 0 ? expected : feeds).map(({ asOf }) => asOf).sort();
  return expected.length > 0 ? instants[0] : instants.at(-1);
}

/** Kinds of the same day are one line, the oldest first. */
export function freshnessLines(
  { server, texts }: SessionContext,
  feeds: readonly FeedFreshness[],
): AppsView['freshness'] {
  const { timeZone } = server.tenant.settings;
  const day = new Intl.DateTimeFormat(texts.locale, { dateStyle: 'long', timeZone });
  const loaded = feeds.filter((feed): feed is Feed => feed.asOf !== null);
  const kinds = KINDS.flatMap(({ id, types }) => {
    const own = loaded.filter(({ type }) => types.includes(type));
    const asOf = asOfKind(own);
    const late = own.some((feed) => feed.late);
    return asOf === undefined ? [] : [{ name: texts.consent.kindTexts[id].label, asOf, late }];
  }).sort((a, b) => (a.asOf < b.asOf ? -1 : 1));
  const lines = new Map<string, AppsView['freshness'][number]>();
  for (const { name, asOf, late } of kinds) {
    const date = day.format(new Date(asOf));
    const line = lines.get(`${date} ${late}`) ?? { asOf: date, kinds: [], late };
    line.kinds.push(name);
    lines.set(`${date} ${late}`, line);
  }
  return [...lines.values()];
}
