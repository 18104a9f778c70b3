CREATE TABLE tenant (
  id text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('preview', 'production')),
  registration text NOT NULL CHECK (registration IN ('open', 'token', 'closed')),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE signing_key (
  tenant text NOT NULL REFERENCES tenant (id),
  kid text NOT NULL,
  alg text NOT NULL,
  sealed bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, kid)
);

CREATE TABLE account (
  tenant text NOT NULL REFERENCES tenant (id),
  sub uuid NOT NULL,
  login text NOT NULL,
  password_hash text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, sub)
);
CREATE UNIQUE INDEX account_tenant_login_key ON account (tenant, login);

CREATE TABLE account_member (
  tenant text NOT NULL,
  sub uuid NOT NULL,
  patient text NOT NULL,
  relationship text NOT NULL,
  name text NOT NULL,
  position int NOT NULL,
  PRIMARY KEY (tenant, sub, patient),
  FOREIGN KEY (tenant, sub) REFERENCES account (tenant, sub) ON DELETE CASCADE
);

-- Clients never expire: 'infinity'. The payload is JSON stored as text, because texts of a client may contain U+0000,
-- which jsonb refuses.
CREATE TABLE oidc_record (
  tenant text NOT NULL,
  model text NOT NULL,
  id text NOT NULL,
  payload text NOT NULL,
  grant_id text,
  uid text,
  expires_at timestamptz NOT NULL,
  consumed_at timestamptz,
  PRIMARY KEY (tenant, model, id)
);
CREATE INDEX oidc_record_grant ON oidc_record (tenant, grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX oidc_record_uid ON oidc_record (tenant, model, uid) WHERE uid IS NOT NULL;
CREATE INDEX oidc_record_expiry ON oidc_record (expires_at);

CREATE TABLE consent (
  tenant text NOT NULL,
  grant_id text NOT NULL,
  sub uuid NOT NULL,
  member text,
  fhir_user text,
  client_id text NOT NULL,
  client_name text NOT NULL,
  asked text NOT NULL,
  scope text NOT NULL,
  declined text[] NOT NULL,
  text_version text NOT NULL,
  granted_at timestamptz NOT NULL DEFAULT now(),
  until timestamptz NOT NULL,
  revoked_at timestamptz,
  PRIMARY KEY (tenant, grant_id)
);
CREATE INDEX consent_sub ON consent (tenant, sub);

CREATE TABLE replay (
  tenant text NOT NULL,
  id text NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX replay_expiry ON replay (expires_at);

-- Access events that wait until audit-service has them (ADR 52). A process writes its rows with its own UUID as the producer
-- and its own numbers. A row that another transaction inserts names neither: its producer is the default, and its sequence
-- is its place among these, until a relay gives it both. The primary key finds every row that anybody looks for.
CREATE SEQUENCE outbox_sequence_seq;
CREATE TABLE outbox (
  producer   uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  sequence   bigint NOT NULL DEFAULT nextval('outbox_sequence_seq'),
  body       text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT outbox_pkey PRIMARY KEY (producer, sequence)
);
ALTER SEQUENCE outbox_sequence_seq OWNED BY outbox.sequence;

-- The service role owns no table. It may only revoke consents, and it may only insert and sweep rows of replay.
DO $$
DECLARE
  privilege text;
BEGIN
  FOREACH privilege IN ARRAY ARRAY[
    'USAGE ON SCHEMA public',
    'SELECT, INSERT, UPDATE ON tenant',
    'SELECT, INSERT ON signing_key',
    'SELECT, INSERT, UPDATE, DELETE ON account, account_member, oidc_record, outbox',
    'SELECT, INSERT, UPDATE (revoked_at) ON consent',
    'SELECT, INSERT, DELETE ON replay',
    'USAGE ON SEQUENCE outbox_sequence_seq'
  ] LOOP
    EXECUTE format('GRANT %s TO %I', privilege, current_database() || '_service');
  END LOOP;
END $$;
