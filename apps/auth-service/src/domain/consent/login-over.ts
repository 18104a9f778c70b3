/** An app with `online_access` has its access for one login, and the consent to it goes on after that. */
import { readableJson } from '../grants/records.ts';

/** Of a row of `consent`. The last access token outlives the login. */
export const IS_LOGIN_OVER = `(scope ~ '(^| )online_access( |$)' AND NOT EXISTS (
  SELECT FROM valid_record r
   WHERE r.tenant = consent.tenant AND r.grant_id = consent.grant_id AND r.consumed_at IS NULL
     AND (r.model = 'AccessToken'
          OR EXISTS (SELECT FROM valid_record s
                      WHERE s.tenant = r.tenant AND s.model = 'Session' AND s.sub = consent.sub::text
                        AND s.uid = ${readableJson('r.payload')} ->> 'sessionUid'))))`;
