-- Postgres reads no JSON with an escape of U+0000 or of half a character (a lone surrogate), and a record may have either from
-- a parameter of a request or from an identity provider. The trigger failed for the second one, and so did every statement
-- that deletes such a record: the end of its grant, and the sweep of all that has expired. As before but for `said`.
CREATE OR REPLACE FUNCTION keep_ended_records() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ended_record (tenant, model, id, client_id, grant_id, used, good_until)
  SELECT g.tenant, g.model, g.id, said.json ->> 'clientId', coalesce(g.grant_id, said.json ->> 'grantId'),
         g.consumed_at IS NOT NULL, g.expires_at
    FROM gone g CROSS JOIN LATERAL (
      SELECT (CASE WHEN g.payload LIKE '%\\u%'
                   THEN regexp_replace(g.payload, '\\u(?:0000|d[89a-f][0-9a-f]{2})', '\\ufffd', 'g')
                   ELSE g.payload END)::json AS json) said
   WHERE said.json ->> 'clientId' IS NOT NULL
     AND (g.model IN ('AccessToken', 'ClientCredentials')
          OR g.model IN ('AuthorizationCode', 'RefreshToken') AND g.grant_id IS NOT NULL
             AND (g.consumed_at IS NULL OR g.consumed_at > now() - interval '1 day'))
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
