-- Access tokens that were issued here and are no good any more. A request with one of them is refused, and its event
-- names the app and the grant. A trigger keeps them, so that no way of ending a token can forget it.
CREATE TABLE ended_token (
  tenant text NOT NULL,
  -- as of the record: the SHA-256 of the token
  id text NOT NULL,
  client_id text NOT NULL,
  grant_id text,
  -- until when the token would have been good
  good_until timestamptz NOT NULL,
  ended_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL DEFAULT now() + interval '30 days',
  PRIMARY KEY (tenant, id)
);
CREATE INDEX ended_token_expiry ON ended_token (expires_at);

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, DELETE ON ended_token TO %I', current_database() || '_service');
END $$;

CREATE FUNCTION keep_ended_tokens() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ended_token (tenant, id, client_id, grant_id, good_until)
  SELECT tenant, id, payload::json ->> 'clientId', payload::json ->> 'grantId', expires_at
    FROM gone
   WHERE model IN ('AccessToken', 'ClientCredentials') AND payload::json ->> 'clientId' IS NOT NULL
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER keep_ended_tokens AFTER DELETE ON oidc_record
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION keep_ended_tokens();
