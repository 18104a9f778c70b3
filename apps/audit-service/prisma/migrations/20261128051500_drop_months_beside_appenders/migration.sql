-- To delete what was signed of a month, drop_month() switched a trigger of trail.batch off, and so kept everybody from
-- appending, of all tenants, for as long as that took. Now the trigger lets this one statement of the owner pass.
CREATE OR REPLACE FUNCTION trail.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- The owner, who could also remove the trigger, says so for one statement: trail.drop_batches. Nobody else may delete at all.
  IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'batch' AND current_setting('trail.dropping', true) = 'batch'
     AND current_user = (SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = TG_RELID) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION '% of %: the trail is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

-- What was signed of a month's records, of the tenants whose records go with it.
CREATE FUNCTION trail.drop_batches(first_day timestamptz, going text[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  month timestamp := date_trunc('month', first_day AT TIME ZONE 'UTC');
  dropped bigint;
BEGIN
  PERFORM set_config('trail.dropping', 'batch', true);
  DELETE FROM trail.batch b WHERE b.tenant = ANY (going) AND b.stored >= month AT TIME ZONE 'UTC'
     AND b.stored < (month + interval '1 month') AT TIME ZONE 'UTC';
  GET DIAGNOSTICS dropped = ROW_COUNT;
  PERFORM set_config('trail.dropping', '', true);
  RETURN dropped;
END $$;
REVOKE EXECUTE ON FUNCTION trail.drop_batches(timestamptz, text[]) FROM PUBLIC;

-- As before, but for the batches, and for what is done while the whole trail is locked: the copy has its indexes already, so
-- that nothing is built then, and the lock is tried for in turns.
CREATE OR REPLACE FUNCTION trail.drop_month(first_day timestamptz, going text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  month timestamp := date_trunc('month', first_day AT TIME ZONE 'UTC');
  name  text := 'audit_event_' || to_char(month, 'YYYY_MM');
  first_moment timestamptz := month AT TIME ZONE 'UTC';
  end_moment   timestamptz := (month + interval '1 month') AT TIME ZONE 'UTC';
  attempts constant integer := 100;
  staying text;
  remain  bigint := 0;
  copied  bigint;
BEGIN
  PERFORM trail.month_table(name || '_kept', first_moment, end_moment);
  EXECUTE format('ALTER TABLE trail.%I NO FORCE ROW LEVEL SECURITY', name || '_kept');
  FOR staying IN SELECT DISTINCT h.tenant FROM trail.chain_head h WHERE h.tenant <> ALL (going) LOOP
    PERFORM set_config('app.tenant', staying, true);
    EXECUTE format('INSERT INTO trail.%I SELECT * FROM trail.audit_event WHERE tenant = %L AND stored >= %L AND stored < %L',
                   name || '_kept', staying, first_moment, end_moment);
    GET DIAGNOSTICS copied = ROW_COUNT;
    remain := remain + copied;
  END LOOP;
  IF remain > 0 THEN
    -- A table of the same form makes the indexes of its partition. The trail takes them over when the copy is attached to it.
    EXECUTE format('CREATE TABLE trail.%I (LIKE trail.audit_event INCLUDING INDEXES) PARTITION BY RANGE (stored)', name || '_form');
    EXECUTE format('ALTER TABLE trail.%I ATTACH PARTITION trail.%I FOR VALUES FROM (%L) TO (%L)',
                   name || '_form', name || '_kept', first_moment, end_moment);
    EXECUTE format('ALTER TABLE trail.%I DETACH PARTITION trail.%I', name || '_form', name || '_kept');
    EXECUTE format('DROP TABLE trail.%I', name || '_form');
  END IF;
  PERFORM trail.drop_batches(first_day, going);
  -- Whoever appends waits behind this one, which waits for whoever reads: so it waits less long than an appender does, and
  -- lets them go on in between. It waits longer than deadlock_timeout, after which Postgres makes an autovacuum give way.
  PERFORM set_config('lock_timeout', '1500ms', true);
  FOR attempt IN 1..attempts LOOP
    BEGIN
      EXECUTE format('ALTER TABLE trail.audit_event DETACH PARTITION trail.%I', name);
      EXIT;
    EXCEPTION WHEN lock_not_available THEN
      IF attempt = attempts THEN RAISE; END IF;
    END;
    PERFORM pg_sleep(3);
  END LOOP;
  EXECUTE format('DROP TABLE trail.%I', name);
  IF remain = 0 THEN
    EXECUTE format('DROP TABLE trail.%I', name || '_kept');
  ELSE
    EXECUTE format('ALTER TABLE trail.%I FORCE ROW LEVEL SECURITY', name || '_kept');
    EXECUTE format('ALTER TABLE trail.%I RENAME TO %I', name || '_kept', name);
    PERFORM trail.attach_month(name, first_moment, end_moment);
  END IF;
END $$;
