-- A grant for nobody's record may still open one resource: the Patient who logs in, whom `fhirUser` names (ADR 65). It stands on
-- the relation of the login to that Patient, as every other grant stands on that to its member.
CREATE FUNCTION person_of_grant(member text, fhir_user text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(member, substring(fhir_user FROM '(?:^|/)Patient/([^/]+)$'))
$$;

CREATE OR REPLACE FUNCTION bound_grants() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  relation account_member := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  IF TG_OP = 'DELETE' THEN
    relation.ends_at := now();
    relation.ends_by := 'relation';
  END IF;
  UPDATE consent SET over_at = relation.ends_at, over_by = relation.ends_by
   WHERE tenant = relation.tenant AND sub = relation.sub AND person_of_grant(member, fhir_user) = relation.patient
     AND revoked_at IS NULL AND until > now() AND (over_at IS NULL OR over_at > now());
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  UPDATE oidc_record g SET expires_at = least(c.until, c.over_at)
    FROM consent c
   WHERE c.tenant = relation.tenant AND c.sub = relation.sub AND person_of_grant(c.member, c.fhir_user) = relation.patient
     AND c.revoked_at IS NULL AND c.until > now()
     AND g.tenant = c.tenant AND g.model = 'Grant'
     AND g.id = translate(encode(sha256(c.grant_id::bytea), 'base64'), '+/=', '-_');
  IF relation.ends_at <= now() THEN
    PERFORM pg_notify('revocation', json_build_object('tenant', relation.tenant, 'sub', relation.sub)::text);
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION notice_relation_ended() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  whose text := person_of_grant(NEW.member, NEW.fhir_user);
  person record;
BEGIN
  FOR person IN
    SELECT NEW.sub AS sub
    UNION
    SELECT m.sub FROM account_member m
     WHERE m.tenant = NEW.tenant AND m.patient = NEW.member AND m.relationship = 'self'
  LOOP
    PERFORM queue_notice(NEW.tenant, person.sub, 'relation-ended',
                         'relation-ended/' || person.sub || '/' || whose || '/' || current_date, NULL);
  END LOOP;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION notice_death() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM account_member
                  WHERE tenant = NEW.tenant AND sub = NEW.sub AND relationship = 'self' AND died IS NOT NULL) THEN
    PERFORM queue_notice(NEW.tenant, NEW.sub, 'relation-ended',
                         'relation-ended/' || NEW.sub || '/' || person_of_grant(NEW.member, NEW.fhir_user) || '/' || current_date,
                         NULL);
  END IF;
  RETURN NULL;
END $$;

-- Grants of before. The service ends those whose relation is over.
UPDATE consent c SET (over_at, over_by) = (
    SELECT CASE WHEN m.patient IS NULL THEN now() ELSE m.ends_at END, CASE WHEN m.patient IS NULL THEN 'relation' ELSE m.ends_by END
      FROM (VALUES (1)) AS one
           LEFT JOIN account_member m ON m.tenant = c.tenant AND m.sub = c.sub
                                     AND m.patient = person_of_grant(c.member, c.fhir_user))
 WHERE c.member IS NULL AND person_of_grant(c.member, c.fhir_user) IS NOT NULL
   AND c.revoked_at IS NULL AND c.until > now() AND (c.over_at IS NULL OR c.over_at > now());
UPDATE oidc_record g SET expires_at = least(c.until, c.over_at)
  FROM consent c
 WHERE c.member IS NULL AND c.over_at IS NOT NULL AND c.revoked_at IS NULL AND c.until > now()
   AND g.tenant = c.tenant AND g.model = 'Grant'
   AND g.id = translate(encode(sha256(c.grant_id::bytea), 'base64'), '+/=', '-_');
