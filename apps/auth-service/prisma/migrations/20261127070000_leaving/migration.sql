-- How long somebody sees data after the coverage, and after a death (ADR 87). The plan says both of the person whose data it
-- is, beside the date of birth. They end a relation, and so its grants, as a last day and a birthday do (ADR 61).
ALTER TABLE account_member
  ADD COLUMN coverage_end date,
  ADD COLUMN died date,
  -- when the login is told that the relation ends; null: it is not told, or was
  ADD COLUMN remind_at timestamptz;
ALTER TABLE account_member DROP CONSTRAINT account_member_ends_by_check;
ALTER TABLE account_member ADD CONSTRAINT account_member_ends_by_check
  CHECK (ends_by IN ('relation', 'of-age', 'coverage', 'death'));
CREATE INDEX account_member_to_remind ON account_member (remind_at) WHERE remind_at IS NOT NULL;
ALTER TABLE plan_member
  ADD COLUMN coverage_end date,
  ADD COLUMN died date;

ALTER TABLE consent DROP CONSTRAINT consent_end_reason_check;
ALTER TABLE consent ADD CONSTRAINT consent_end_reason_check CHECK (end_reason IN
  ('member', 'app', 'plan', 'password', 'reuse', 'relation', 'of-age', 'coverage', 'death', 'not-before', 'restore'));

-- When a relation ends and by what; null: not by itself. Each way gives the day whose beginning, in the plan's time zone, is
-- the end. `bearer_died`: the day on which the person died who logs in. The defaults are those of src/domain/tenant; a test
-- compares them.
CREATE FUNCTION end_of_relation(
  of_tenant text, relationship text, birth_date date, until date, guardianship boolean, coverage_end date, died date,
  bearer_died date, OUT ends_at timestamptz, OUT ends_by text
) LANGUAGE sql STABLE AS $$
  SELECT way.day::timestamp AT TIME ZONE plan.zone, way.name
    FROM (SELECT coalesce(settings ->> 'timeZone', 'America/New_York') AS zone,
                 coalesce((settings #>> '{comingOfAge,age}')::int, 18) AS age,
                 coalesce(settings #> '{comingOfAge,relationships}',
                          '["child", "stepchild", "foster-child", "grandchild", "ward"]') ? relationship AS minor,
                 make_interval(years => coalesce((settings #>> '{leaving,years}')::int, 5)) AS years,
                 make_interval(years => coalesce((settings #>> '{leaving,afterDeath,years}')::int, 2)) AS years_after_death,
                 coalesce(settings #> '{leaving,afterDeath,relationships}',
                          '["executor", "personal-representative"]') ? relationship AS for_the_dead
            FROM tenant WHERE id = of_tenant) plan,
         LATERAL (VALUES
           (1, 'death', least(bearer_died,
                              CASE WHEN for_the_dead THEN (died + years_after_death)::date + 1 ELSE died END)),
           (2, 'of-age', CASE WHEN minor AND NOT guardianship THEN birthday(birth_date, age) END),
           (3, 'relation', until + 1),
           (4, 'coverage', CASE WHEN died IS NULL OR NOT for_the_dead THEN (coverage_end + years)::date + 1 END)
         ) AS way (rank, name, day)
   WHERE way.day IS NOT NULL ORDER BY way.day, way.rank LIMIT 1
$$;

CREATE OR REPLACE FUNCTION compute_relation_end() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  bearer_died date;
  before account_member;
BEGIN
  -- Locked, so that a death that is told at the same time comes before this relation, or finds it.
  IF NEW.relationship <> 'self' THEN
    SELECT min(bearer.died) INTO bearer_died
      FROM (SELECT died FROM account_member
             WHERE tenant = NEW.tenant AND sub = NEW.sub AND relationship = 'self' FOR SHARE) bearer;
  END IF;
  SELECT e.ends_at, e.ends_by INTO NEW.ends_at, NEW.ends_by
    FROM end_of_relation(NEW.tenant, NEW.relationship, NEW.birth_date, NEW.until, NEW.guardianship, NEW.coverage_end,
                         NEW.died, bearer_died) e;
  IF TG_OP = 'UPDATE' THEN
    before := OLD;
  END IF;
  -- Told 60 days before, or at once where that is past.
  IF (NEW.ends_at, NEW.ends_by) IS DISTINCT FROM (before.ends_at, before.ends_by) THEN
    NEW.remind_at := CASE WHEN NEW.ends_by IN ('coverage', 'death') AND NEW.ends_at > now()
                          THEN NEW.ends_at - interval '60 days' END;
  END IF;
  RETURN NEW;
END $$;

-- Whoever logs in is dead: nobody sees anything with the login, also not the data of others.
CREATE FUNCTION follow_death_of_bearer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE account_member SET position = position
   WHERE tenant = NEW.tenant AND sub = NEW.sub AND patient <> NEW.patient;
  RETURN NULL;
END $$;
CREATE TRIGGER bearer_died AFTER INSERT ON account_member
  FOR EACH ROW WHEN (NEW.relationship = 'self' AND NEW.died IS NOT NULL) EXECUTE FUNCTION follow_death_of_bearer();
CREATE TRIGGER bearer_died_now AFTER UPDATE ON account_member
  FOR EACH ROW WHEN (NEW.relationship = 'self' AND NEW.died IS DISTINCT FROM OLD.died)
  EXECUTE FUNCTION follow_death_of_bearer();

CREATE OR REPLACE FUNCTION compute_relation_ends_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE account_member SET position = position
   WHERE tenant = NEW.id AND (ends_at IS NOT NULL OR birth_date IS NOT NULL);
  RETURN NULL;
END $$;
DROP TRIGGER tenant_relation_ends ON tenant;
CREATE TRIGGER tenant_relation_ends AFTER UPDATE OF settings ON tenant
  FOR EACH ROW WHEN ((OLD.settings -> 'timeZone', OLD.settings -> 'comingOfAge', OLD.settings -> 'leaving')
                     IS DISTINCT FROM (NEW.settings -> 'timeZone', NEW.settings -> 'comingOfAge', NEW.settings -> 'leaving'))
  EXECUTE FUNCTION compute_relation_ends_again();

-- Grants that end with a death: somebody else who had agreed is told. Nobody writes to the dead.
CREATE FUNCTION notice_death() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM account_member
                  WHERE tenant = NEW.tenant AND sub = NEW.sub AND relationship = 'self' AND died IS NOT NULL) THEN
    PERFORM queue_notice(NEW.tenant, NEW.sub, 'relation-ended',
                         'relation-ended/' || NEW.sub || '/' || NEW.member || '/' || current_date, NULL);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER consent_death_notice AFTER UPDATE OF revoked_at ON consent
  FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL AND NEW.end_reason = 'death')
  EXECUTE FUNCTION notice_death();
