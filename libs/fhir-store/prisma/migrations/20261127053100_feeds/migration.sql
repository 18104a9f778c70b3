-- How fresh the data of a plan is (docs/adr/0085-say-how-fresh-data-is-in-the-searchset.md). An import writes a row for each type of
-- a load, once, at its end.
CREATE TABLE feed (
  tenant         text COLLATE "C" NOT NULL,
  type           text COLLATE "C" NOT NULL,
  -- the rhythm that the plan expects, and since when; none: nobody is called when nothing comes
  every_seconds  integer,
  expected_since timestamptz(3),
  -- when the plan's system wrote the latest files that were loaded
  as_of          timestamptz(3),
  -- the newest change in the plan's own system that any load had
  newest         timestamptz(3),
  CONSTRAINT feed_pkey PRIMARY KEY (tenant, type)
);
CREATE TABLE feed_load (
  tenant    text COLLATE "C" NOT NULL,
  type      text COLLATE "C" NOT NULL,
  finished  timestamptz(3) NOT NULL,
  load      uuid NOT NULL,
  -- false: deletions or rejected records alone, which say nothing about how fresh the rest is
  carried   boolean NOT NULL,
  created   integer NOT NULL,
  updated   integer NOT NULL,
  unchanged integer NOT NULL,
  deleted   integer NOT NULL,
  rejected  integer NOT NULL,
  findings  integer NOT NULL,
  CONSTRAINT feed_load_pkey PRIMARY KEY (tenant, type, finished, load)
);

DO $$
DECLARE
  service text := current_database() || '_service';
  ingest  text := current_database() || '_ingest';
  name    text;
BEGIN
  FOREACH name IN ARRAY ARRAY['feed', 'feed_load'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
    -- These rows say nothing about a member, and the metrics are about all plans.
    EXECUTE format('CREATE POLICY everybody ON %I FOR SELECT TO %I USING (true)', name, service);
    EXECUTE format(
      'CREATE POLICY tenant ON %I TO %I USING (tenant = current_setting(''app.tenant'')::context)
         WITH CHECK (tenant = current_setting(''app.tenant'')::context)', name, ingest);
    EXECUTE format('GRANT SELECT ON %I TO %I', name, service);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO %I', name, ingest);
  END LOOP;
END $$;
