-- What the scorecard of a plan is made from (docs/adr/0084-add-the-scorecard-up-once.md): sums of a day, and two facts of a
-- grant. They are added up once, in the order of storing, so that nobody's view of them reads the trail.
CREATE TABLE trail.daily_sum (
  tenant  text COLLATE "C" NOT NULL,
  day     date NOT NULL,
  client  text COLLATE "C" NOT NULL,
  kind    text COLLATE "C" NOT NULL,
  act     text COLLATE "C" NOT NULL,
  outcome text COLLATE "C" NOT NULL,
  reason  text COLLATE "C" NOT NULL,
  events  bigint NOT NULL,
  PRIMARY KEY (tenant, day, client, kind, act, outcome, reason)
);
CREATE TABLE trail.grant_start (
  tenant   text COLLATE "C" NOT NULL,
  grant_id text COLLATE "C" NOT NULL,
  client   text COLLATE "C" NOT NULL,
  agreed   timestamptz(3),
  reached  timestamptz(3),
  PRIMARY KEY (tenant, grant_id)
);
CREATE INDEX grant_start_by_time ON trail.grant_start (tenant, agreed);
-- The last day on which an app asked for a type of resources, for the scorecard. It is kept for each app and not for each
-- grant: the scorecard says it of the app, and a row for each grant and type would be a hundred times as many.
CREATE TABLE trail.app_read (
  tenant text COLLATE "C" NOT NULL,
  client text COLLATE "C" NOT NULL,
  type   text COLLATE "C" NOT NULL,
  last   date NOT NULL,
  PRIMARY KEY (tenant, client, type)
);
CREATE TABLE trail.summed (
  tenant  text COLLATE "C" PRIMARY KEY,
  through timestamptz(3) NOT NULL
);

-- Adds up the next events of a tenant that were stored until `limit_`, about 5,000 of them: what is stored at one moment is
-- added up together. Where it got to is kept in the same transaction, under a lock, so that each event counts once, however
-- many replicas do this, and after a restore too. Days are those of the events (UTC), which a replay delivers later.
CREATE FUNCTION trail.sum_up(of_tenant text, limit_ timestamptz) RETURNS bigint
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
           e.outcome, coalesce(e.reason, '') AS reason, e.grant_id, e.disclosed,
           CASE WHEN e.kind IN ('rest', 'denied-attempts') THEN e.record::json END AS record
      FROM audit_event e WHERE e.tenant = of_tenant AND e.stored > from_ AND e.stored <= until_
  ), added AS (
    INSERT INTO daily_sum AS d (tenant, day, client, kind, act, outcome, reason, events)
    SELECT of_tenant, p.day, p.client, p.kind,
           CASE WHEN p.kind = 'token' AND p.grant_id IS NULL THEN p.act || '-backend' ELSE p.act END AS act, p.outcome,
           p.reason, sum(CASE WHEN p.kind = 'denied-attempts' THEN (p.record ->> 'count')::bigint ELSE 1 END)
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
    SELECT of_tenant, p.client, t.type, max(p.day)
      FROM piece p
      CROSS JOIN LATERAL (SELECT p.record ->> 'type' AS type UNION SELECT json_object_keys(p.record -> 'counts')) t
     WHERE p.kind = 'rest' AND p.outcome = '0' AND p.client <> '' AND t.type IS NOT NULL
     GROUP BY p.client, t.type
    ON CONFLICT (tenant, client, type) DO UPDATE SET last = excluded.last WHERE r.last < excluded.last
  )
  SELECT count(*) INTO count_ FROM piece;
  UPDATE summed s SET through = until_ WHERE s.tenant = of_tenant;
  RETURN count_;
END $$;

-- Sums are kept for as long as a scorecard can ask for them.
CREATE FUNCTION trail.forget_sums(of_tenant text, before date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = trail, pg_catalog, pg_temp AS $$
BEGIN
  PERFORM set_config('app.tenant', of_tenant, true);
  DELETE FROM daily_sum d WHERE d.tenant = of_tenant AND d.day < before;
  DELETE FROM grant_start g WHERE g.tenant = of_tenant AND coalesce(g.agreed, g.reached) < before;
  DELETE FROM app_read r WHERE r.tenant = of_tenant AND r.last < before;
END $$;

DO $$
DECLARE
  owner   text := current_user;
  ingest  text := current_database() || '_ingest';
  auditor text := current_database() || '_auditor';
  name    text;
BEGIN
  FOREACH name IN ARRAY ARRAY['daily_sum', 'grant_start', 'app_read', 'summed'] LOOP
    EXECUTE format('ALTER TABLE trail.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON trail.%I TO %I, %I
      USING (tenant = current_setting(''app.tenant'')::context)
      WITH CHECK (tenant = current_setting(''app.tenant'')::context)', name, owner, auditor);
    EXECUTE format('GRANT SELECT ON trail.%I TO %I', name, auditor);
  END LOOP;
  REVOKE EXECUTE ON FUNCTION trail.sum_up(text, timestamptz), trail.forget_sums(text, date) FROM PUBLIC;
  EXECUTE format('GRANT EXECUTE ON FUNCTION trail.sum_up(text, timestamptz), trail.forget_sums(text, date) TO %I', ingest);
END $$;
