-- Codes and tokens that are gone. Their client is told why (ADR 66), and a request with one of these access tokens leaves an
-- event with its app and grant (ADR 62). No row has anything that opens data.
CREATE TABLE ended_record (
  tenant     text NOT NULL,
  model      text NOT NULL,
  -- as of the record: the SHA-256 of the code or token
  id         text NOT NULL,
  client_id  text NOT NULL,
  -- null: the token of a backend service
  grant_id   text,
  -- whether it was used before it went
  used       boolean NOT NULL,
  -- until when it would have been good
  good_until timestamptz NOT NULL,
  ended_at   timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL DEFAULT now() + interval '30 days',
  PRIMARY KEY (tenant, model, id)
);
CREATE INDEX ended_record_expiry ON ended_record (expires_at);

-- Whatever deletes a record, it leaves the row: an end of its grant, or its own expiry. So no way of ending a token can
-- forget it. Of a refresh token that was replaced long ago nobody asks any more. Texts of a client may contain U+0000,
-- which Postgres reads in no JSON.
CREATE FUNCTION keep_ended_records() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ended_record (tenant, model, id, client_id, grant_id, used, good_until)
  SELECT g.tenant, g.model, g.id, said.json ->> 'clientId', coalesce(g.grant_id, said.json ->> 'grantId'),
         g.consumed_at IS NOT NULL, g.expires_at
    FROM gone g CROSS JOIN LATERAL (SELECT replace(g.payload, '\u0000', '\ufffd')::json AS json) said
   WHERE said.json ->> 'clientId' IS NOT NULL
     AND (g.model IN ('AccessToken', 'ClientCredentials')
          OR g.model IN ('AuthorizationCode', 'RefreshToken') AND g.grant_id IS NOT NULL
             AND (g.consumed_at IS NULL OR g.consumed_at > now() - interval '1 day'))
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER keep_ended_records AFTER DELETE ON oidc_record
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION keep_ended_records();

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, DELETE ON ended_record TO %I', current_database() || '_service');
END $$;
