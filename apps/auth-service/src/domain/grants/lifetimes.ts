/** How long tokens, codes, sessions and grants are good for. */
import { MAX_CONSENT_DAYS } from '../consent/settings.ts';

export const ACCESS_TOKEN_SECONDS = 600;
/** SMART App Launch, "Backend Services": at most five minutes, and no refresh token. */
export const BACKEND_TOKEN_SECONDS = 300;
export const CODE_SECONDS = 60;
/** A grant for one time only: one code, one access token. */
export const ONCE_SECONDS = CODE_SECONDS + ACCESS_TOKEN_SECONDS;
/** No grant is longer; how long each is, its member chose (consent/durations.ts). */
export const LONGEST_GRANT_SECONDS = MAX_CONSENT_DAYS * 24 * 60 * 60;
/** Time to log in and to read the consent page. */
export const INTERACTION_SECONDS = 900;
/**
 * A login lasts so long after the member last logged in or decided about an app; nothing that an app does makes it
 * last longer. Within it a second app can be connected without logging in again, and an app with `online_access` goes
 * on.
 */
export const SESSION_SECONDS = 1_800;
/** How long an app may go on while the member stays logged in (`online_access`), however often that is renewed. */
export const ONLINE_GRANT_SECONDS = 12 * 60 * 60;
/** The longest that anything signed with a tenant's key is good for. */
export const ID_TOKEN_SECONDS = 600;
