/** How long tokens, codes, sessions and grants are valid. */
import { MAX_CONSENT_DAYS } from '../tenant/consent-settings.ts';

export const ACCESS_TOKEN_SECONDS = 600;
/** SMART App Launch, "Backend Services": at most five minutes, and no refresh token. */
export const BACKEND_TOKEN_SECONDS = 300;
export const CODE_SECONDS = 60;
/** A grant for one time: one code and one access token. */
export const ONCE_SECONDS = CODE_SECONDS + ACCESS_TOKEN_SECONDS;
/** The limit of all grants. The member chooses how long each one is (consent/durations.ts). */
export const LONGEST_GRANT_SECONDS = MAX_CONSENT_DAYS * 24 * 60 * 60;
/** Time to log in and to read the consent page. */
export const INTERACTION_SECONDS = 900;
/**
 * How long a login lasts after the member last logged in or decided about an app. Requests of an app do not extend
 * it. While it lasts, the member can connect a second app without logging in again, and an app with `online_access`
 * can continue.
 */
export const SESSION_SECONDS = 1_800;
/**
 * How long an app may continue while the member stays logged in (`online_access`), however often the login is
 * renewed.
 */
export const ONLINE_GRANT_SECONDS = 12 * 60 * 60;
export const ID_TOKEN_SECONDS = 600;
/**
 * How long an auditor's introspection JWT asks for names (`web/directory`). It is longer than libs/fhir-store has it: at the end of
 * a large file audit-service asks for the names in it, in the name of the auditor who began to take the file.
 */
export const AUDITOR_JWT_SECONDS = 900;
/** The longest lifetime of anything that is signed with a tenant's key. */
export const SIGNED_SECONDS = Math.max(ID_TOKEN_SECONDS, AUDITOR_JWT_SECONDS);
