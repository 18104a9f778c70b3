-- The plan finds and ends what a person has here by her member number or her subject, whatever the issuer.
CREATE INDEX federated_identity_number ON federated_identity (tenant, number);
CREATE INDEX federated_identity_subject ON federated_identity (tenant, subject);

-- The people whom the plan's identity provider tells us about over SCIM 2.0 (RFC 7643). `person` is the value by which a
-- login is recognised: a subject, or a member number.
CREATE TABLE scim_user (
  tenant text NOT NULL REFERENCES tenant (id),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_name text NOT NULL,
  external_id text,
  person text,
  active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, id)
);
-- RFC 7643 section 4.1.1: unique, without regard to case.
CREATE UNIQUE INDEX scim_user_name ON scim_user (tenant, lower(user_name));
CREATE INDEX scim_user_external_id ON scim_user (tenant, external_id);
CREATE INDEX scim_user_inactive ON scim_user (tenant, person) WHERE NOT active;

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON scim_user TO %I', current_database() || '_service');
END $$;
