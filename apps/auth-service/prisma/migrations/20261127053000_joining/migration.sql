-- What a plan says about people who may make an account alone (ADR 90). Of name and date of birth only keyed digests are
-- kept; see src/domain/joining.
CREATE TABLE plan_person (
  tenant text NOT NULL REFERENCES tenant (id),
  -- as in plan_member
  number text NOT NULL,
  -- what stands on the card, normalised; several people may have the same
  card_number text NOT NULL,
  proofs text[] NOT NULL,
  -- of all that the plan has said, so that the same file changes nothing
  digest text NOT NULL,
  -- codes that were sent on that day (UTC)
  codes_on date,
  codes int NOT NULL DEFAULT 0,
  -- a keyed digest of the code on paper
  letter text,
  letter_until timestamptz,
  PRIMARY KEY (tenant, number),
  CHECK ((letter IS NULL) = (letter_until IS NULL))
);
CREATE INDEX plan_person_card ON plan_person (tenant, card_number);

-- All addresses that the plan has, also those that are not used: an address of two people is nobody's alone.
CREATE TABLE plan_contact (
  tenant text NOT NULL,
  number text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('email', 'phone')),
  address text NOT NULL,
  usable boolean NOT NULL,
  position int NOT NULL,
  PRIMARY KEY (tenant, number, kind, address),
  FOREIGN KEY (tenant, number) REFERENCES plan_person (tenant, number) ON DELETE CASCADE
);
CREATE INDEX plan_contact_address ON plan_contact (tenant, address);

-- Who the bearer of a number is: a member, who somebody else is in a member's record, or else the number itself.
CREATE FUNCTION person_of_number(in_tenant text, in_number text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce(
    (SELECT 'Patient/' || min(patient) FROM plan_member
      WHERE tenant = in_tenant AND number = in_number AND relationship = 'self'),
    (SELECT max(bearer) FROM plan_member WHERE tenant = in_tenant AND number = in_number),
    in_number)
$$;
-- The same of a login.
CREATE FUNCTION person_of_account(in_tenant text, in_sub uuid) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce(
    (SELECT 'Patient/' || min(patient) FROM account_member
      WHERE tenant = in_tenant AND sub = in_sub AND relationship = 'self'),
    (SELECT fhir_user FROM account WHERE tenant = in_tenant AND sub = in_sub),
    (SELECT min(number) FROM federated_identity WHERE tenant = in_tenant AND sub = in_sub),
    in_sub::text)
$$;

-- How it was proved whose login it is.
ALTER TABLE account
  ADD COLUMN proofing text NOT NULL DEFAULT 'staff'
    CHECK (proofing IN ('staff', 'plan-email', 'plan-text', 'plan-paper', 'federated')),
  ADD COLUMN proofed_at timestamptz NOT NULL DEFAULT now();
UPDATE account a SET proofed_at = created_at,
  proofing = CASE WHEN login IS NULL THEN 'federated' ELSE 'staff' END;

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON plan_person, plan_contact TO %I', current_database() || '_service');
END $$;
