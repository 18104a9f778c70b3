/** What the pages say in place of the facts of an installation, which they cannot know. */
const EXAMPLES = /https:\/\/(?:api|try)\.plan\.example|\bnorthwind\b|EXAMPLE_PLANS/g;
const EXAMPLE_URL = 'https://api.plan.example';
const EXAMPLE_TEST_CLIENT = 'https://try.plan.example';
const ALL_PLANS = 'EXAMPLE_PLANS';

/** In place of a plan's identifier where no plan lets everybody register. */
const ANY_PLAN = 'your-plan';
const NO_PLANS = 'none here, so ask your plan';
/** A heading of the page that links to the test client. */
const NO_TEST_CLIENT = '/try#where-there-is-no-test-client';

/** What is filled in. Neither needs escaping in HTML or JavaScript: an origin, and identifiers of plans. */
export interface Addresses {
  /** scheme and host of the API */
  publicUrl: string;
  /** identifiers of the plans at which anybody may register */
  plans: readonly string[];
  /** scheme and host of the test client; undefined where there is none */
  testClientUrl?: string | undefined;
}

/** @param text a page, or a script with a page's content */
export function fillAddresses(text: string, { publicUrl, plans, testClientUrl }: Addresses): string {
  const facts: Readonly<Record<string, string>> = {
    [EXAMPLE_URL]: publicUrl,
    [EXAMPLE_TEST_CLIENT]: testClientUrl ?? NO_TEST_CLIENT,
    [ALL_PLANS]: plans.length > 0 ? plans.join(', ') : NO_PLANS,
  };
  // In one pass, because an address that was filled in may look like an example.
  return text.replaceAll(EXAMPLES, (example) => facts[example] ?? plans[0] ?? ANY_PLAN);
}
