/** The logo of an app beside its name. It comes from our own host, so nobody learns that a member looks at it. */
import { type Html, html } from '@patient-access/pages';

/**
 * The name stands beside it, so a screen reader has nothing to say about it.
 *
 * @param path of the picture; undefined: the app has none
 */
export const appLogo = (path: string | undefined): Html | undefined =>
  path === undefined
    ? undefined
    : html`<img class="logo" src="${path}" alt="" width="48" height="48" decoding="async" />`;
