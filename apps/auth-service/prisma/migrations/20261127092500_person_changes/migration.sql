-- Two records that are one person's (ADR 93). While records move, nobody sees either person's data; nobody ever sees the
-- replaced one's again, unless it is undone.
CREATE TABLE person_change (
  tenant      text NOT NULL REFERENCES tenant (id),
  id          uuid NOT NULL DEFAULT gen_random_uuid(),
  replaced    text NOT NULL,
  survivor    text NOT NULL,
  reason      text NOT NULL,
  -- `moving` and `undoing` go on until the records of all services have moved
  state       text NOT NULL CHECK (state IN ('moving', 'done', 'undoing', 'undone')),
  -- the relations to both persons as they were
  former      jsonb NOT NULL,
  begun_at    timestamptz NOT NULL DEFAULT now(),
  begun_by    text NOT NULL,
  done_at     timestamptz,
  undo_until  timestamptz,
  records     int,
  PRIMARY KEY (tenant, id),
  CHECK (replaced <> survivor)
);
CREATE UNIQUE INDEX person_change_replaced ON person_change (tenant, replaced) WHERE state <> 'undone';
CREATE INDEX person_change_survivor ON person_change (tenant, survivor) WHERE state <> 'undone';

ALTER TABLE account_member DROP CONSTRAINT account_member_ends_by_check;
ALTER TABLE account_member ADD CONSTRAINT account_member_ends_by_check
  CHECK (ends_by IN ('relation', 'of-age', 'coverage', 'death', 'corrected'));
ALTER TABLE consent DROP CONSTRAINT consent_end_reason_check;
ALTER TABLE consent ADD CONSTRAINT consent_end_reason_check CHECK (end_reason IN
  ('member', 'app', 'plan', 'password', 'reuse', 'relation', 'of-age', 'coverage',
   'death', 'not-before', 'restore', 'narrowed', 'corrected'));

-- Is a person's data closed, because records move, or because the person is another one now?
CREATE FUNCTION is_person_closed(in_tenant text, in_patient text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM person_change
                  WHERE tenant = in_tenant AND replaced = in_patient AND state <> 'undone')
      OR EXISTS (SELECT FROM person_change
                  WHERE tenant = in_tenant AND survivor = in_patient AND state IN ('moving', 'undoing'))
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
  IF (NEW.ends_at IS NULL OR NEW.ends_at > now()) AND is_person_closed(NEW.tenant, NEW.patient) THEN
    NEW.ends_at := CASE WHEN TG_OP = 'UPDATE' AND OLD.ends_by = 'corrected' THEN OLD.ends_at ELSE now() END;
    NEW.ends_by := 'corrected';
  END IF;
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

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON person_change TO %I', current_database() || '_service');
END $$;
