/** `npm run claims-as-read`: prints made-up claims and prior authorizations as members read them, one of each kind. */
import { type Resource, withNarrative } from '@patient-access/fhir';
import { population } from '@patient-access/population';

const COUNT = 10;
const PLAN = { tenant: 'northwind', members: 20, seed: 1 };
const APPEAL_DAYS = 180;

interface Told extends Resource {
  text?: { div: string };
}

/** The English paragraph as text. */
function englishOf({ text }: Told): string {
  const [, words = ''] = /<p lang="en"[^>]*>(.*?)<\/p>/.exec(text?.div ?? '') ?? [];
  return words.replace(/<[^>]*>/g, '').replaceAll('&amp;', '&');
}

/** Claims that read alike: the same state, and the same said of reasons and of another insurance. */
const kindOf = ({ use, status, outcome }: Resource, words: string) =>
  [use, status, outcome, /Why not all[^.]*\./.exec(words)?.[0], words.includes('other insurance')].join(' ');

const kinds = new Map<string, string>();
for (const resource of population(PLAN)) {
  if (kinds.size >= COUNT) break;
  if (resource.resourceType !== 'ExplanationOfBenefit') continue;
  const words = englishOf(withNarrative(resource as Resource, { appealDays: APPEAL_DAYS }) as Told);
  const kind = kindOf(resource as Resource, words);
  if (!kinds.has(kind)) kinds.set(kind, words);
}
for (const words of kinds.values()) console.log(`${words}\n`);
