/**
 * The notice that goes with records under 42 CFR Part 2 that a member released (42 CFR § 2.32), as an HTTP header, as
 * security labels of a Bundle and as an OperationOutcome. See docs/adr/0054-send-the-part-2-notice-with-what-was-released.md.
 */

/** The release of a member, as far as it concerns Part 2: the scope of the consent that § 2.32(b) asks for. */
export interface Part2Release {
  /** of the grant: value of Consent.identifier */
  grant: string;
  /** ids of the released categories that fall under Part 2 */
  categories: readonly string[];
  /** granted scopes, separated by spaces */
  scope: string;
  /** ISO 8601 */
  from: string;
  /** ISO 8601 */
  until: string;
}

/** The short form of § 2.32(a), to the letter. */
export const PART2_STATEMENT = '42 CFR part 2 prohibits unauthorized use or disclosure of these records.';

/** Header of an answer that carries such records. */
export const PART2_HEADER = 'part2-notice';

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';

/** Restricted, under Part 2, and not to be disclosed again without consent. */
const SECURITY = [
  { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' },
  { system: ACT_CODE, code: '42CFRPart2' },
  { system: ACT_CODE, code: 'NORDSCLCD' },
];

/**
 * `Bundle.meta` of a page as JSON; empty when there is nothing to say.
 *
 * @param isPart2 does the page have such records?
 */
export function metaOf({
  lastUpdated,
  isPart2,
}: {
  lastUpdated?: string | undefined;
  isPart2: boolean;
}): string {
  if (lastUpdated === undefined && !isPart2) return '';
  return JSON.stringify({ lastUpdated, ...(isPart2 && { security: SECURITY }) });
}

/** The members of a Bundle before which its labels belong, with the `meta` of one that has no labels yet. */
const LABELS_HERE = /(?:,"meta":{"lastUpdated":"([^"]*)"})?,"type":/;

/** @param bundle JSON as bundle.ts writes it, without labels @returns the same with the labels */
export const withPart2Meta = (bundle: string): string =>
  bundle.replace(
    LABELS_HERE,
    (_, lastUpdated?: string) => `,"meta":${metaOf({ lastUpdated, isPart2: true })},"type":`,
  );

/** A longer scope is left out of the header, as the whole head of an answer has to stay small. */
const MAX_SCOPE_CHARACTERS = 1_024;

/** A string of a structured field (RFC 8941 section 3.3.3): printable ASCII. */
const quoted = (text: string) => `"${encodeURI(text).replaceAll('%20', ' ').replaceAll(/["\\]/g, '\\$&')}"`;

/** @returns the value of {@link PART2_HEADER}: the statement, with the scope of the consent as parameters (RFC 8941) */
export function part2Header({ grant, categories, scope, from, until }: Part2Release): string {
  const parameters = { consent: grant, categories: categories.join(' '), from, until };
  const what = scope.length > MAX_SCOPE_CHARACTERS ? {} : { scope };
  return Object.entries({ ...parameters, ...what }).reduce(
    (value, [name, text]) => `${value};${name}=${quoted(text)}`,
    quoted(PART2_STATEMENT),
  );
}

const NOTICE_ID = 'part2-notice';

/** @returns an entry of a searchset that says the same to whoever reads the Bundle alone, as JSON */
export function part2Entry({ grant, categories, scope, from, until }: Part2Release): string {
  const resource = {
    resourceType: 'OperationOutcome',
    id: NOTICE_ID,
    meta: { security: SECURITY },
    issue: [
      {
        severity: 'information',
        code: 'informational',
        details: { coding: [{ system: ACT_CODE, code: '42CFRPart2' }], text: PART2_STATEMENT },
        diagnostics: `Released by consent ${grant} from ${from} until ${until}: ${categories.join(', ')}, within ${scope}`,
      },
    ],
  };
  return JSON.stringify({ resource, search: { mode: 'outcome' } });
}

/** Is this resource of a page the notice? */
export const isPart2Notice = ({ resourceType, id }: { resourceType: string; id?: string }): boolean =>
  resourceType === 'OperationOutcome' && id === NOTICE_ID;
