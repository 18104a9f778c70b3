-- Codes and refresh tokens that are gone: their client is told why (ADR 66). No row has anything that opens data.
CREATE TABLE ended_record (
  tenant     text NOT NULL,
  model      text NOT NULL,
  id         text NOT NULL,
  client_id  text NOT NULL,
  grant_id   text NOT NULL,
  -- whether it was used before it went
  used       boolean NOT NULL,
  expires_at timestamptz NOT NULL DEFAULT now() + interval '30 days',
  PRIMARY KEY (tenant, model, id)
);
CREATE INDEX ended_record_expiry ON ended_record (expires_at);

-- Whatever deletes a record, it leaves the row: an end of its grant, or its own expiry. Of a refresh token that was
-- replaced long ago nobody asks any more.
CREATE FUNCTION keep_ended_records() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ended_record (tenant, model, id, client_id, grant_id, used)
  SELECT tenant, model, id, payload::json ->> 'clientId', grant_id, consumed_at IS NOT NULL
    FROM gone
   WHERE model IN ('AuthorizationCode', 'RefreshToken') AND grant_id IS NOT NULL
     AND payload::json ->> 'clientId' IS NOT NULL
     AND (consumed_at IS NULL OR consumed_at > now() - interval '1 day')
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER keep_ended_records AFTER DELETE ON oidc_record
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION keep_ended_records();

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, DELETE ON ended_record TO %I', current_database() || '_service');
END $$;
