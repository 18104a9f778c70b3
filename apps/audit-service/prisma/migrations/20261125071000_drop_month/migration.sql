-- What is common to a month's table when it is new and when it is made again with less in it.
CREATE FUNCTION trail.month_table(name text, first_moment timestamptz, end_moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  -- Rows above this are compressed: what lz4 does at once costs pglz more than all the rest of an event.
  target integer := CASE (SELECT attcompression FROM pg_attribute
                           WHERE attrelid = 'trail.audit_event'::regclass AND attname = 'body')
                      WHEN 'l' THEN 1024 ELSE 4080 END;
BEGIN
  -- The condition lets it be attached without being read.
  EXECUTE format('CREATE TABLE trail.%I (LIKE trail.audit_event INCLUDING STORAGE INCLUDING COMPRESSION,
                    CHECK (stored >= %L AND stored < %L)) WITH (toast_tuple_target = %s)',
                 name, first_moment, end_moment, target);
  -- The key of a partitioned table has to hold the time; an event is one all the same.
  EXECUTE format('CREATE UNIQUE INDEX ON trail.%I (id, tenant)', name);
  EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON trail.%I EXECUTE FUNCTION trail.refuse_change()', name);
  EXECUTE format('ALTER TABLE trail.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
END $$;

CREATE FUNCTION trail.attach_month(name text, first_moment timestamptz, end_moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE trail.audit_event ATTACH PARTITION trail.%I FOR VALUES FROM (%L) TO (%L)',
                 name, first_moment, end_moment);
END $$;

CREATE OR REPLACE FUNCTION trail.prepare_month(first_day timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  month timestamp := date_trunc('month', first_day AT TIME ZONE 'UTC');
  name  text := 'audit_event_' || to_char(month, 'YYYY_MM');
  first_moment timestamptz := month AT TIME ZONE 'UTC';
  end_moment   timestamptz := (month + interval '1 month') AT TIME ZONE 'UTC';
BEGIN
  IF to_regclass('trail.' || name) IS NOT NULL THEN RETURN false; END IF;
  PERFORM trail.month_table(name, first_moment, end_moment);
  PERFORM trail.attach_month(name, first_moment, end_moment);
  RETURN true;
END $$;

-- Takes the records of some tenants out of a month, for good: by dropping its table, or by putting one in its place that
-- holds the others' records. Who may go, and that a signed root stands for them, is the caller's to know: the command of
-- apps/audit-service/src/retention, as the owner. Others read and append until the last moment, which is short.
CREATE FUNCTION trail.drop_month(first_day timestamptz, going text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  month timestamp := date_trunc('month', first_day AT TIME ZONE 'UTC');
  name  text := 'audit_event_' || to_char(month, 'YYYY_MM');
  first_moment timestamptz := month AT TIME ZONE 'UTC';
  end_moment   timestamptz := (month + interval '1 month') AT TIME ZONE 'UTC';
  staying text;
  remain  bigint := 0;
  copied  bigint;
BEGIN
  PERFORM trail.month_table(name || '_kept', first_moment, end_moment);
  EXECUTE format('ALTER TABLE trail.%I NO FORCE ROW LEVEL SECURITY', name || '_kept');
  FOR staying IN SELECT h.tenant FROM trail.chain_head h WHERE h.tenant <> ALL (going) LOOP
    PERFORM set_config('app.tenant', staying, true);
    EXECUTE format('INSERT INTO trail.%I SELECT * FROM trail.audit_event WHERE tenant = %L AND stored >= %L AND stored < %L',
                   name || '_kept', staying, first_moment, end_moment);
    GET DIAGNOSTICS copied = ROW_COUNT;
    remain := remain + copied;
  END LOOP;
  PERFORM set_config('lock_timeout', '2s', true);
  EXECUTE format('ALTER TABLE trail.audit_event DETACH PARTITION trail.%I', name);
  EXECUTE format('DROP TABLE trail.%I', name);
  IF remain = 0 THEN
    EXECUTE format('DROP TABLE trail.%I', name || '_kept');
  ELSE
    EXECUTE format('ALTER TABLE trail.%I FORCE ROW LEVEL SECURITY', name || '_kept');
    EXECUTE format('ALTER TABLE trail.%I RENAME TO %I', name || '_kept', name);
    PERFORM trail.attach_month(name, first_moment, end_moment);
  END IF;
END $$;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA trail FROM PUBLIC;

-- A hold stays as it was set; that it was lifted is added. Retention is changed, and each change is an event.
CREATE FUNCTION trail.refuse_rewriting_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.lifted_at IS NOT NULL OR NEW.lifted_at IS NULL OR NEW.lifted_by IS NULL
     OR (NEW.id, NEW.tenant, NEW.reason, NEW.set_by, NEW.set_at) <> (OLD.id, OLD.tenant, OLD.reason, OLD.set_by, OLD.set_at)
     OR NEW.member IS DISTINCT FROM OLD.member THEN
    RAISE EXCEPTION 'a hold can be lifted, once, and not be changed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
REVOKE EXECUTE ON FUNCTION trail.refuse_rewriting_hold() FROM PUBLIC;
CREATE TRIGGER lift_only BEFORE UPDATE ON trail.legal_hold FOR EACH ROW EXECUTE FUNCTION trail.refuse_rewriting_hold();
CREATE TRIGGER append_only BEFORE DELETE ON trail.legal_hold FOR EACH ROW EXECUTE FUNCTION trail.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON trail.legal_hold EXECUTE FUNCTION trail.refuse_change();
