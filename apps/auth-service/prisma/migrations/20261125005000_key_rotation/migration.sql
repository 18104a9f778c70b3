-- A key is published from the start, signs from `signs_from` until a later key does, and is removed at `retires_at`.
ALTER TABLE signing_key
  ADD COLUMN signs_from timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN retires_at timestamptz;
UPDATE signing_key SET signs_from = created_at;

-- Signatures must stay verifiable, so nobody can delete a key before its time.
CREATE FUNCTION keep_signing_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.retires_at IS NULL OR OLD.retires_at > now() THEN
    RAISE EXCEPTION 'signing key % has not retired', OLD.kid;
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER signing_key_kept BEFORE DELETE ON signing_key FOR EACH ROW EXECUTE FUNCTION keep_signing_key();

-- The FHIR reference of a person who logs in and is not a member: `RelatedPerson/…` or `Person/…`.
ALTER TABLE account ADD COLUMN fhir_user text;

DO $$
BEGIN
  EXECUTE format('GRANT UPDATE (sealed, retires_at), DELETE ON signing_key TO %I', current_database() || '_service');
END $$;
