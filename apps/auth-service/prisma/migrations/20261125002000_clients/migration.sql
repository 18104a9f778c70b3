-- Clients get a table of their own, because they are listed, banned, verified and counted, and their secrets overlap.
-- The clients that oidc-provider has stored until now move into it, with their ids and secrets.
CREATE TABLE client (
  tenant text NOT NULL REFERENCES tenant (id),
  id text NOT NULL,
  -- RFC 7591 client metadata, and what the plan has verified: see src/domain/clients/metadata.ts
  metadata jsonb NOT NULL,
  -- origins of the web pages from which a browser app may call: those of its redirect URIs
  origins text[] NOT NULL,
  registered_by text NOT NULL CHECK (registered_by IN ('anybody', 'token', 'plan')),
  -- SHA-256, base64url; the previous secret is accepted until the time beside it
  secret text,
  previous_secret text,
  previous_secret_until timestamptz,
  -- SHA-256 of the registration access token (RFC 7592)
  registration_token text,
  registered_at timestamptz NOT NULL DEFAULT now(),
  banned_at timestamptz,
  ban_reason text,
  -- how long a client without a consent is kept; NULL: for ever
  unused_for interval,
  expires_at timestamptz NOT NULL DEFAULT 'infinity',
  PRIMARY KEY (tenant, id)
);
CREATE INDEX client_origins ON client USING gin (origins);
CREATE INDEX client_expiry ON client (expires_at);
CREATE INDEX consent_client ON consent (tenant, client_id);

INSERT INTO client (tenant, id, metadata, origins, registered_by, secret)
SELECT tenant, moved ->> 'client_id', moved - 'client_id' - 'client_secret',
       ARRAY(SELECT DISTINCT substring(uri FROM '^https?://[^/?#]+')
               FROM jsonb_array_elements_text(moved -> 'redirect_uris') AS uri WHERE uri ~ '^https?://'),
       'anybody', moved ->> 'client_secret'
  FROM (SELECT tenant, payload::jsonb AS moved FROM oidc_record
         WHERE model = 'Client' AND position('\u0000' IN payload) = 0) AS record;
DELETE FROM oidc_record WHERE model = 'Client';

-- RFC 7591 initial access tokens. Each is valid for a number of registrations and for a limited time.
CREATE TABLE initial_access_token (
  tenant text NOT NULL REFERENCES tenant (id),
  id uuid NOT NULL,
  token text NOT NULL,
  note text NOT NULL,
  uses_left int NOT NULL CHECK (uses_left >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX initial_access_token_value ON initial_access_token (tenant, token);

-- Open registrations in one hour from one address. The address '' counts those of the whole tenant.
CREATE TABLE registration_count (
  tenant text NOT NULL REFERENCES tenant (id),
  address text NOT NULL,
  hour timestamptz NOT NULL,
  count int NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, address, hour)
);

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON client, initial_access_token, registration_count TO %I',
                 current_database() || '_service');
END $$;
