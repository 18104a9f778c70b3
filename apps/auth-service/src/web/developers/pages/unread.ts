import type { ConsentKind } from '@patient-access/fhir';
import { type Html, html } from '@patient-access/pages';
import { UNREAD_DAYS } from '../../../domain/apps/unread-kinds.ts';
import { en } from '../../../domain/pages/texts/en.ts';

/** Minimum necessary: what an app does not read, it need not be able to read. */
export const unreadPart = (kinds: readonly ConsentKind[] = []): Html | undefined =>
  kinds.length === 0
    ? undefined
    : html`<div class="part">
        <h2>What your app does not read</h2>
        <p>
          Members let this app read these kinds of data more than ${String(UNREAD_DAYS)} days ago, and it has
          asked for none of them since:
        </p>
        <ul>
          ${kinds.map((kind) => html`<li>${en.consent.kindTexts[kind].label}</li>`)}
        </ul>
        <p>
          Leave them out of the scopes that you ask for, unless you need them. A member agrees more easily to
          less. <a href="/scopes">Scopes</a>
        </p>
      </div>`;
