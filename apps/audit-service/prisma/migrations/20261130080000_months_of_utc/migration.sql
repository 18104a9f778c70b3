-- Months are those of UTC, in whatever time zone the session is. A month added to an instant is one of that zone: west of UTC, and
-- where summer time lies between the two, it led into the month before, and the last month was not prepared.
CREATE OR REPLACE FUNCTION trail.prepare_months(ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  this_month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
  made integer := 0;
BEGIN
  IF ahead NOT BETWEEN 0 AND 120 THEN RAISE EXCEPTION 'ahead: 0 to 120 months'; END IF;
  PERFORM set_config('lock_timeout', '2s', true), pg_advisory_xact_lock(hashtext('trail.prepare_months'));
  FOR month IN 0..ahead LOOP
    IF trail.prepare_month((this_month + month * interval '1 month') AT TIME ZONE 'UTC') THEN made := made + 1; END IF;
  END LOOP;
  RETURN made;
END $$;
