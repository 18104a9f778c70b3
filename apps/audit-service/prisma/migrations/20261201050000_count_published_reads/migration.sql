-- The function of 20261128232500_sum_up_with_one_look. Of readings of what is published it adds up how many there were, as it does
-- of requests that were refused: it counted one for each minute, address and type. What was added up before stays as it is.
-- Adds up the next events of a tenant that were stored until `limit_`, about 5,000 of them: what is stored at one moment is
-- added up together. Where it got to is kept in the same transaction, under a lock, so that each event counts once, however
-- many replicas do this, and after a restore too. Days are those of the events (UTC), which a replay delivers later.
CREATE OR REPLACE FUNCTION trail.sum_up(of_tenant text, limit_ timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = trail, pg_catalog, pg_temp AS $$
DECLARE
  from_  timestamptz;
  until_ timestamptz;
  count_ bigint;
BEGIN
  PERFORM set_config('app.tenant', of_tenant, true);
  INSERT INTO summed (tenant, through) VALUES (of_tenant, '-infinity') ON CONFLICT DO NOTHING;
  SELECT s.through INTO from_ FROM summed s WHERE s.tenant = of_tenant FOR UPDATE;
  SELECT max(p.stored) INTO until_ FROM (
    SELECT e.stored FROM audit_event e WHERE e.tenant = of_tenant AND e.stored > from_ AND e.stored <= limit_
     ORDER BY e.stored LIMIT 5000) p;
  IF until_ IS NULL THEN RETURN 0; END IF;
  WITH piece AS MATERIALIZED (
    SELECT (e.recorded AT TIME ZONE 'UTC')::date AS day, e.recorded, coalesce(e.client, '') AS client, e.kind, e.act,
           e.outcome, coalesce(e.reason, '') AS reason, e.grant_id, e.disclosed, r.type, r.counts, r.count
      FROM audit_event e
      CROSS JOIN LATERAL json_to_record(
        CASE WHEN e.kind IN ('rest', 'denied-attempts', 'published-reads') THEN e.record::json ELSE '{}'::json END)
        AS r (type text, counts text, count bigint)
     WHERE e.tenant = of_tenant AND e.stored > from_ AND e.stored <= until_
  ), added AS (
    INSERT INTO daily_sum AS d (tenant, day, client, kind, act, outcome, reason, events)
    SELECT of_tenant, p.day, p.client, p.kind,
           CASE WHEN p.kind = 'token' AND p.grant_id IS NULL THEN p.act || '-backend' ELSE p.act END AS act, p.outcome,
           p.reason, sum(CASE WHEN p.kind IN ('denied-attempts', 'published-reads') THEN coalesce(p.count, 1) ELSE 1 END)
      FROM piece p GROUP BY 2, 3, 4, 5, 6, 7
    ON CONFLICT (tenant, day, client, kind, act, outcome, reason) DO UPDATE SET events = d.events + excluded.events
  ), started AS (
    INSERT INTO grant_start AS g (tenant, grant_id, client, agreed, reached)
    SELECT of_tenant, p.grant_id, max(p.client), min(p.recorded) FILTER (WHERE p.kind = 'consent'),
           min(p.recorded) FILTER (WHERE p.kind = 'rest')
      FROM piece p
     WHERE p.grant_id IS NOT NULL AND p.outcome = '0'
       AND (p.kind = 'rest' AND p.disclosed > 0 OR p.kind = 'consent' AND p.act IN ('grant', 'change'))
     GROUP BY p.grant_id
    ON CONFLICT (tenant, grant_id) DO UPDATE SET agreed = least(g.agreed, excluded.agreed), reached = least(g.reached, excluded.reached)
     WHERE g.agreed IS NULL OR g.reached IS NULL OR excluded.reached < g.reached
  ), reading AS (
    INSERT INTO app_read AS r (tenant, client, type, last)
    SELECT of_tenant, a.client, t.type, max(a.day)
      FROM (SELECT p.client, p.type, p.counts, max(p.day) AS day FROM piece p
             WHERE p.kind = 'rest' AND p.outcome = '0' AND p.client <> '' GROUP BY p.client, p.type, p.counts) a
      CROSS JOIN LATERAL (SELECT a.type UNION SELECT json_object_keys(a.counts::json)) t (type)
     WHERE t.type IS NOT NULL
     GROUP BY a.client, t.type
    ON CONFLICT (tenant, client, type) DO UPDATE SET last = excluded.last WHERE r.last < excluded.last
  )
  SELECT count(*) INTO count_ FROM piece;
  UPDATE summed s SET through = until_ WHERE s.tenant = of_tenant;
  RETURN count_;
END $$;
