-- coverage-service keeps each consent as a FHIR Consent, which it makes from published facts. This table is the
-- outbox of these facts. The column says when the next fact about a grant is due: at once when it was given or ended;
-- otherwise at its agreed end; NULL when all facts are published. Consents from before this migration are published
-- now.
ALTER TABLE consent
  ADD COLUMN tell_at timestamptz DEFAULT now(),
  -- who agreed, as a relative FHIR reference, if the plan knows one
  ADD COLUMN given_by text;
UPDATE consent SET given_by = substring(fhir_user FROM '[A-Za-z]+/[^/]+$') WHERE fhir_user IS NOT NULL;
CREATE INDEX consent_to_tell ON consent (tell_at) WHERE tell_at IS NOT NULL AND member IS NOT NULL;

-- Works for every statement that ends a grant, so none can forget the publication.
CREATE FUNCTION tell_of_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.tell_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER consent_ended BEFORE UPDATE OF revoked_at ON consent
  FOR EACH ROW WHEN (NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION tell_of_end();

DO $$
BEGIN
  EXECUTE format('GRANT UPDATE (tell_at) ON consent TO %I', current_database() || '_service');
END $$;
