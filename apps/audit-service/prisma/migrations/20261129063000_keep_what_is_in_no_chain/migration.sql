-- drop_month() destroyed records that are in no chain with the others of their month, or failed at them: a record of no lane
-- could not be copied, because the copy had a condition that the old table was never held to. So one forged record of a plan
-- that keeps its trail stopped all plans. Now what is in no chain stays in the month's table, where `audit:verify` finds it.

-- The condition of 20261128231500_records_in_chains, for a table that may have what breaks it.
CREATE FUNCTION trail.hold_to_chain(name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  condition constant text := 'ALTER TABLE trail.%I ADD CONSTRAINT audit_event_in_chain CHECK (lane BETWEEN 0 AND 15 AND seq >= 1)';
BEGIN
  EXECUTE format(condition, name);
EXCEPTION WHEN check_violation THEN
  EXECUTE format(condition || ' NOT VALID', name);
END $$;
REVOKE EXECUTE ON FUNCTION trail.hold_to_chain(text) FROM PUBLIC;

-- Row-level security shows one tenant at a time. Whoever drops a month has to know of all that are in it.
DO $$
BEGIN
  EXECUTE format('CREATE POLICY dropping ON trail.audit_event FOR SELECT TO %I
    USING (current_setting(''trail.dropping'', true) = ''month'')', current_user);
END $$;

-- The function with two arguments stays for the release before.
--
-- `ends` has for each tenant that goes the last number of each lane that is verified: [{tenant, lane, seq}]. Whatever else is
-- there under its name stays. So does all that is of a tenant without a chain. Returns how many of each tenant stay so.
CREATE FUNCTION trail.drop_month(first_day timestamptz, going text[], ends json)
RETURNS TABLE (of_tenant text, records bigint) LANGUAGE plpgsql AS $$
DECLARE
  month timestamp := date_trunc('month', first_day AT TIME ZONE 'UTC');
  name  text := 'audit_event_' || to_char(month, 'YYYY_MM');
  first_moment timestamptz := month AT TIME ZONE 'UTC';
  end_moment   timestamptz := (month + interval '1 month') AT TIME ZONE 'UTC';
  attempts constant integer := 100;
  in_month constant text := format('stored >= %L AND stored < %L', first_moment, end_moment);
  staying  text[] := ARRAY(SELECT DISTINCT h.tenant FROM trail.chain_head h WHERE h.tenant <> ALL (going));
  strangers text[];
  each_    text;
  remain   bigint := 0;
  copied   bigint;
BEGIN
  PERFORM trail.month_table(name || '_kept', first_moment, end_moment);
  EXECUTE format('ALTER TABLE trail.%I NO FORCE ROW LEVEL SECURITY, DROP CONSTRAINT audit_event_in_chain', name || '_kept');
  FOREACH each_ IN ARRAY staying LOOP
    PERFORM set_config('app.tenant', each_, true);
    EXECUTE format('INSERT INTO trail.%I SELECT * FROM trail.audit_event WHERE tenant = %L AND %s', name || '_kept', each_, in_month);
    GET DIAGNOSTICS copied = ROW_COUNT;
    remain := remain + copied;
  END LOOP;
  -- From one tenant to the next, as an index has them. The other policy asks for a tenant, too.
  PERFORM set_config('app.tenant', coalesce(going[1], '-'), true), set_config('trail.dropping', 'month', true);
  EXECUTE format('WITH RECURSIVE t AS (
                    (SELECT e.tenant FROM trail.audit_event e WHERE %1$s ORDER BY e.tenant LIMIT 1)
                    UNION ALL
                    SELECT (SELECT e.tenant FROM trail.audit_event e WHERE e.tenant > t.tenant AND %1$s ORDER BY e.tenant LIMIT 1)
                      FROM t WHERE t.tenant IS NOT NULL)
                  SELECT ARRAY(SELECT tenant FROM t WHERE tenant IS NOT NULL AND tenant <> ALL ($1))', in_month)
    INTO strangers USING going || staying;
  PERFORM set_config('trail.dropping', '', true);
  FOREACH each_ IN ARRAY strangers || going LOOP
    PERFORM set_config('app.tenant', each_, true);
    EXECUTE format('INSERT INTO trail.%I SELECT e.* FROM trail.audit_event e
                      LEFT JOIN json_to_recordset($1) AS n (tenant text, lane smallint, seq bigint)
                        ON n.tenant = e.tenant AND n.lane = e.lane
                     WHERE e.tenant = %L AND %s AND (e.seq < 1 OR e.seq > coalesce(n.seq, 0))', name || '_kept', each_, in_month)
      USING ends;
    GET DIAGNOSTICS copied = ROW_COUNT;
    remain := remain + copied;
    IF copied > 0 THEN
      of_tenant := each_; records := copied;
      RETURN NEXT;
    END IF;
  END LOOP;
  PERFORM trail.hold_to_chain(name || '_kept');
  IF remain > 0 THEN
    -- A table of the same form makes the indexes of its partition. The trail takes them over when the copy is attached to it.
    EXECUTE format('CREATE TABLE trail.%I (LIKE trail.audit_event INCLUDING INDEXES) PARTITION BY RANGE (stored)', name || '_form');
    EXECUTE format('ALTER TABLE trail.%I ATTACH PARTITION trail.%I FOR VALUES FROM (%L) TO (%L)',
                   name || '_form', name || '_kept', first_moment, end_moment);
    EXECUTE format('ALTER TABLE trail.%I DETACH PARTITION trail.%I', name || '_form', name || '_kept');
    EXECUTE format('DROP TABLE trail.%I', name || '_form');
  END IF;
  -- As drop_batches() does, but for what was signed of a record that stays.
  PERFORM set_config('trail.dropping', 'batch', true);
  DELETE FROM trail.batch b USING json_to_recordset(ends) AS n (tenant text, lane smallint, seq bigint)
   WHERE b.tenant = ANY (going) AND b.tenant = n.tenant AND b.lane = n.lane AND b.to_seq <= n.seq
     AND b.stored >= first_moment AND b.stored < end_moment;
  PERFORM set_config('trail.dropping', '', true);
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
REVOKE EXECUTE ON FUNCTION trail.drop_month(timestamptz, text[], json) FROM PUBLIC;
