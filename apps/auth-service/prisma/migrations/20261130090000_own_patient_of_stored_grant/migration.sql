-- The release before stores a grant for nobody's record without the end of the relation that it stands on. Its pods serve beside
-- this release, and after a rollback. So the database bounds such a grant when it is stored. The row of the relation is locked:
-- a withdrawal at the same time comes before the grant, or ends it.
CREATE FUNCTION bound_own_patient_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT ends_at, ends_by INTO NEW.over_at, NEW.over_by FROM account_member
   WHERE tenant = NEW.tenant AND sub = NEW.sub AND patient = person_of_grant(NEW.member, NEW.fhir_user)
     FOR SHARE;
  IF NOT FOUND THEN
    NEW.over_at := now();
    NEW.over_by := 'relation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER consent_own_patient BEFORE INSERT ON consent
  FOR EACH ROW WHEN (NEW.member IS NULL AND NEW.over_at IS NULL AND person_of_grant(NEW.member, NEW.fhir_user) IS NOT NULL)
  EXECUTE FUNCTION bound_own_patient_consent();

-- One statement stores a consent and its grant, in either order. This trigger runs when both are there.
CREATE FUNCTION bound_own_patient_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE oidc_record SET expires_at = least(NEW.until, NEW.over_at)
   WHERE tenant = NEW.tenant AND model = 'Grant'
     AND id = translate(encode(sha256(NEW.grant_id::bytea), 'base64'), '+/=', '-_')
     AND expires_at > NEW.over_at;
  RETURN NULL;
END $$;
CREATE TRIGGER consent_own_patient_grant AFTER INSERT ON consent
  FOR EACH ROW WHEN (NEW.member IS NULL AND NEW.over_at IS NOT NULL)
  EXECUTE FUNCTION bound_own_patient_grant();
