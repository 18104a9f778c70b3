-- Grants end with the relation that they stand on (ADR 61). A relation says for how long a login may see somebody's data:
-- `until` is its last day, and a child's relation ends on the birthday on which the child comes of age, unless the plan
-- records a guardianship that goes on. `ends_at` and `ends_by` are computed from these by a trigger.
ALTER TABLE account_member
  ADD COLUMN birth_date date,
  ADD COLUMN until date,
  ADD COLUMN guardianship boolean NOT NULL DEFAULT false,
  ADD COLUMN ends_at timestamptz,
  ADD COLUMN ends_by text CHECK (ends_by IN ('relation', 'of-age'));
ALTER TABLE plan_member
  ADD COLUMN birth_date date,
  ADD COLUMN until date,
  ADD COLUMN guardianship boolean NOT NULL DEFAULT false;

ALTER TABLE consent DROP CONSTRAINT consent_end_reason_check;
ALTER TABLE consent ADD CONSTRAINT consent_end_reason_check
  CHECK (end_reason IN ('member', 'app', 'plan', 'password', 'reuse', 'relation', 'of-age'));

-- When a grant is over before its time, and by what: with the relation that it stands on. The grant's own record expires then, so nothing that looks for
-- the grant finds it any more.
ALTER TABLE consent
  ADD COLUMN over_at timestamptz,
  ADD COLUMN over_by text;
CREATE INDEX consent_over ON consent (over_at) WHERE revoked_at IS NULL AND over_at IS NOT NULL;
-- What others had connected to a person's data, for that person's own page.
CREATE INDEX consent_ended_with_relation ON consent (tenant, member) WHERE end_reason IN ('relation', 'of-age');

-- The day on which somebody is so old. Whoever was born on 29 February has a birthday on 1 March in other years.
CREATE FUNCTION birthday(born date, age int) RETURNS date LANGUAGE sql IMMUTABLE AS $$
  SELECT reached + CASE WHEN extract(day FROM born) = 29 AND extract(day FROM reached) = 28 THEN 1 ELSE 0 END
    FROM (SELECT (born + make_interval(years => age))::date) AS b (reached)
$$;

-- The defaults are those of src/domain/tenant/coming-of-age.ts and settings.ts; a test compares them.
CREATE FUNCTION compute_relation_end() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  plan record;
  over timestamptz;
  grown timestamptz;
BEGIN
  SELECT coalesce(settings ->> 'timeZone', 'America/New_York') AS zone,
         coalesce((settings #>> '{comingOfAge,age}')::int, 18) AS age,
         coalesce(settings #> '{comingOfAge,relationships}', '["child", "stepchild", "foster-child", "grandchild", "ward"]') AS minors
    INTO plan FROM tenant WHERE id = NEW.tenant;
  over := (NEW.until + 1)::timestamp AT TIME ZONE plan.zone;
  IF NOT NEW.guardianship AND plan.minors ? NEW.relationship THEN
    grown := birthday(NEW.birth_date, plan.age)::timestamp AT TIME ZONE plan.zone;
  END IF;
  NEW.ends_at := least(over, grown);
  NEW.ends_by := CASE WHEN NEW.ends_at IS NULL THEN NULL WHEN NEW.ends_at = grown THEN 'of-age' ELSE 'relation' END;
  RETURN NEW;
END $$;
CREATE TRIGGER relation_end BEFORE INSERT OR UPDATE ON account_member
  FOR EACH ROW EXECUTE FUNCTION compute_relation_end();

-- The grants that stand on a relation end when it does, whichever statement changes it. What has ended stays ended.
-- The notice empties the gateways' caches at the commit; src/domain/consent/end-over-grants.ts records each end within a second.
CREATE FUNCTION bound_grants() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  relation account_member := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  IF TG_OP = 'DELETE' THEN
    relation.ends_at := now();
    relation.ends_by := 'relation';
  END IF;
  UPDATE consent SET over_at = relation.ends_at, over_by = relation.ends_by
   WHERE tenant = relation.tenant AND sub = relation.sub AND member = relation.patient
     AND revoked_at IS NULL AND until > now() AND (over_at IS NULL OR over_at > now());
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  UPDATE oidc_record g SET expires_at = least(c.until, c.over_at)
    FROM consent c
   WHERE c.tenant = relation.tenant AND c.sub = relation.sub AND c.member = relation.patient
     AND c.revoked_at IS NULL AND c.until > now()
     AND g.tenant = c.tenant AND g.model = 'Grant'
     AND g.id = translate(encode(sha256(c.grant_id::bytea), 'base64'), '+/=', '-_');
  IF relation.ends_at <= now() THEN
    PERFORM pg_notify('revocation', json_build_object('tenant', relation.tenant, 'sub', relation.sub)::text);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER relation_bounds_grants AFTER INSERT OR DELETE ON account_member
  FOR EACH ROW EXECUTE FUNCTION bound_grants();
CREATE TRIGGER changed_relation_bounds_grants AFTER UPDATE ON account_member
  FOR EACH ROW WHEN ((OLD.ends_at, OLD.ends_by) IS DISTINCT FROM (NEW.ends_at, NEW.ends_by))
  EXECUTE FUNCTION bound_grants();

-- Another time zone or age of the plan: its relations end at other times.
CREATE FUNCTION compute_relation_ends_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE account_member SET position = position
   WHERE tenant = NEW.id AND (birth_date IS NOT NULL OR until IS NOT NULL);
  RETURN NULL;
END $$;
CREATE TRIGGER tenant_relation_ends AFTER UPDATE OF settings ON tenant
  FOR EACH ROW WHEN ((OLD.settings -> 'timeZone', OLD.settings -> 'comingOfAge')
                     IS DISTINCT FROM (NEW.settings -> 'timeZone', NEW.settings -> 'comingOfAge'))
  EXECUTE FUNCTION compute_relation_ends_again();

DO $$
BEGIN
  EXECUTE format('GRANT UPDATE (over_at, over_by) ON consent TO %I', current_database() || '_service');
END $$;
