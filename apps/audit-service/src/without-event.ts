/** The routes of audit-service whose good answers leave no event, and why. */
import {
  APP_CALLS_PATH,
  ACCESS_EVENTS_PATH,
  AUDIT_CONSOLE_PATH,
  DATABASE_MARKS_PATH,
  MISSING_EVENTS_PATH,
  SCORECARD_PATH,
  TRAIL_ENDS_PATH,
} from '@patient-access/internal-api';

export const ROUTES_WITHOUT_EVENT: Readonly<Record<string, string>> = {
  [`POST ${ACCESS_EVENTS_PATH}`]: 'takes events, and gives nothing',
  [`GET ${MISSING_EVENTS_PATH}`]: 'tells a service which of its own numbers have not arrived',
  [`POST ${DATABASE_MARKS_PATH}`]: 'tells auth-service one number',
  [`GET ${TRAIL_ENDS_PATH}`]: 'tells auth-service what ended; auth-service records what it ends again',
  [`GET ${APP_CALLS_PATH}`]:
    'tells auth-service of an app’s own calls, and nothing of a member; auth-service records who asked',
  [`GET ${SCORECARD_PATH}`]: 'tells auth-service sums of days; auth-service records who asked',
  [`GET ${AUDIT_CONSOLE_PATH}/style.css`]: 'a style sheet',
};
