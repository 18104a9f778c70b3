-- Failed attempts, by HMAC of the login or the address: see src/domain/throttle/throttle.ts.
CREATE TABLE throttle (
  tenant text NOT NULL,
  key text NOT NULL,
  failures int NOT NULL,
  blocked_until timestamptz NOT NULL,
  told boolean NOT NULL DEFAULT false,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, key)
);
CREATE INDEX throttle_expiry ON throttle (expires_at);

-- last_step is the newest time step whose code was accepted. No code of this step or an earlier one is accepted again
-- (RFC 6238 5.2).
CREATE TABLE second_factor (
  tenant text NOT NULL,
  sub uuid NOT NULL,
  sealed bytea NOT NULL,
  last_step bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, sub),
  FOREIGN KEY (tenant, sub) REFERENCES account (tenant, sub) ON DELETE CASCADE
);

-- A code is deleted when it is used.
CREATE TABLE recovery_code (
  tenant text NOT NULL,
  sub uuid NOT NULL,
  hash text NOT NULL,
  PRIMARY KEY (tenant, sub, hash),
  FOREIGN KEY (tenant, sub) REFERENCES second_factor (tenant, sub) ON DELETE CASCADE
);

-- A person who logs in at the plan's own identity provider has no login name and no password here.
ALTER TABLE account ALTER COLUMN login DROP NOT NULL, ALTER COLUMN password_hash DROP NOT NULL;

-- The members whose data the bearer of a member number may see, as the plan says.
CREATE TABLE plan_member (
  tenant text NOT NULL REFERENCES tenant (id),
  number text NOT NULL,
  patient text NOT NULL,
  relationship text NOT NULL,
  name text NOT NULL,
  position int NOT NULL,
  PRIMARY KEY (tenant, number, patient)
);

-- The identity of a person at the plan's identity provider: issuer and subject together, never an email address.
CREATE TABLE federated_identity (
  tenant text NOT NULL,
  iss text NOT NULL,
  subject text NOT NULL,
  sub uuid NOT NULL,
  number text NOT NULL,
  PRIMARY KEY (tenant, iss, subject),
  UNIQUE (tenant, iss, number),
  FOREIGN KEY (tenant, sub) REFERENCES account (tenant, sub) ON DELETE CASCADE
);
CREATE INDEX federated_identity_sub ON federated_identity (tenant, sub);

DO $$
BEGIN
  EXECUTE format(
    'GRANT SELECT, INSERT, UPDATE, DELETE ON throttle, second_factor, recovery_code, plan_member, federated_identity TO %I',
    current_database() || '_service'
  );
END $$;
