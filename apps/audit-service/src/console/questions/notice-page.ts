/**
 * The form for the file of all members whose data somebody got: the answer is a file, because it may be of any length. The page
 * reads no event, so its period may be as long as the file's.
 */
import { html } from '@patient-access/pages';
import { FILE_PERIOD, filterOf, withoutNarrowing } from '../filter.ts';
import { consolePath } from '../pages/layout.ts';
import { questionFields } from '../pages/question-form.ts';
import type { Question } from './question.ts';
import { headsOf, uptoOf } from '../scan.ts';

export const noticePage: Question = async ({ tenant, query, ask }) => {
  const upto = uptoOf(await headsOf(ask, tenant));
  const asked = { ...Object.fromEntries(query), ...withoutNarrowing(filterOf(query, FILE_PERIOD)) };
  const body = html`<p>
      All members whose data one app, one network address, one login or one administrator got between two
      days, with what and when: a file with a line for each member, to write letters from. It has all of them,
      however many.
    </p>
    <p>
      After a breach at the plan or its business associates, 45 CFR 164.404 asks for letters within 60 days.
      If an app that members chose themselves lost data, its vendor has that duty (16 CFR 318), and the plan
      may warn its members.
    </p>
    <form method="get" action="${consolePath(tenant, 'notice.csv')}">
      ${questionFields('notice', asked)}<input type="hidden" name="upto" value="${upto}" />
      <button>Download</button>
      <button formaction="${consolePath(tenant, 'manifest.json')}" name="of" value="notice">
        Its manifest
      </button>
    </form>`;
  return { body, events: 0 };
};
