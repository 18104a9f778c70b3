-- Keys are compared bytewise, which is fast and the same on every operating system.
CREATE TABLE resource (
  tenant       text COLLATE "C" NOT NULL,
  member       text COLLATE "C" NOT NULL,
  type         text COLLATE "C" NOT NULL,
  id           text COLLATE "C" NOT NULL,
  version      integer NOT NULL,
  last_updated timestamptz(3) NOT NULL,
  body         text NOT NULL,
  hash         bytea NOT NULL,
  CONSTRAINT resource_pkey PRIMARY KEY (tenant, member, type, id)
);
-- The id comes first. So this index serves searches by id, and the planner does not use it for a page. With (tenant,
-- type, id) it did before the first ANALYZE: it read the whole tenant and sorted.
CREATE UNIQUE INDEX resource_identity ON resource (id, type, tenant);
CREATE INDEX resource_page ON resource (tenant, member, type, last_updated, id);
-- A claim compresses to about 2 kB, just the size at which Postgres would store it out of line. Inline, a page of 50
-- reads a third of the buffers (docs/performance.md).
ALTER TABLE resource SET (toast_tuple_target = 4080);

CREATE TABLE resource_history (
  tenant       text COLLATE "C" NOT NULL,
  member       text COLLATE "C" NOT NULL,
  type         text COLLATE "C" NOT NULL,
  id           text COLLATE "C" NOT NULL,
  version      integer NOT NULL,
  last_updated timestamptz(3) NOT NULL,
  body         text NOT NULL,
  CONSTRAINT resource_history_pkey PRIMARY KEY (tenant, member, type, id, version)
);

CREATE TABLE search_value (
  tenant    text COLLATE "C" NOT NULL,
  member    text COLLATE "C" NOT NULL,
  type      text COLLATE "C" NOT NULL,
  parameter text COLLATE "C" NOT NULL,
  system    text COLLATE "C" NOT NULL,
  value     text COLLATE "C" NOT NULL,
  low       timestamptz(3),
  high      timestamptz(3),
  id        text COLLATE "C" NOT NULL
);
CREATE INDEX search_value_find ON search_value (tenant, member, type, parameter, value, low);
-- Reference data has one set of values for the whole plan, too large to be read when one of its resources changes.
CREATE INDEX search_value_of_plan ON search_value (tenant, type, id) WHERE member = '';

-- Access events that wait until audit-service has them (ADR 52). A process writes its rows with its own UUID as the producer
-- and its own numbers. A row that another transaction inserts names neither: its producer is the default, and its sequence
-- is its place among these, until a relay gives it both. The primary key finds every row that anybody looks for.
CREATE SEQUENCE outbox_sequence_seq;
CREATE TABLE outbox (
  producer   uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  sequence   bigint NOT NULL DEFAULT nextval('outbox_sequence_seq'),
  body       text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT outbox_pkey PRIMARY KEY (producer, sequence)
);
ALTER SEQUENCE outbox_sequence_seq OWNED BY outbox.sequence;

-- lz4 decompresses several times faster than pglz, but not every build of Postgres has it.
DO $$
BEGIN
  IF (SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression') THEN
    ALTER TABLE resource ALTER COLUMN body SET COMPRESSION lz4;
    ALTER TABLE resource_history ALTER COLUMN body SET COMPRESSION lz4;
  END IF;
END $$;

-- On a connection that has served a request, a setting that ended with its transaction is empty and not missing.
-- `current_setting` then returns '' instead of an error. The domain makes an error of that as well.
CREATE DOMAIN context AS text CHECK (VALUE <> '');

-- The second wall. `current_setting` is called without its missing-ok flag, so a missing context is an error and not
-- an empty result. The service sees one member of one tenant and the tenant's reference data. An import sees one
-- tenant.
DO $$
DECLARE
  service text := current_database() || '_service';
  ingest  text := current_database() || '_ingest';
  name    text;
BEGIN
  FOREACH name IN ARRAY ARRAY['resource', 'resource_history', 'search_value'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY member ON %I FOR SELECT TO %I USING (tenant = current_setting(''app.tenant'')::context
         AND (member = current_setting(''app.member'')::context OR member = ''''))', name, service);
    EXECUTE format(
      'CREATE POLICY tenant ON %I TO %I USING (tenant = current_setting(''app.tenant'')::context)
         WITH CHECK (tenant = current_setting(''app.tenant'')::context)', name, ingest);
    EXECUTE format('GRANT SELECT ON %I TO %I', name, service);
  END LOOP;
  EXECUTE format('GRANT USAGE ON SCHEMA public TO %I, %I', service, ingest);
  EXECUTE format('GRANT SELECT, INSERT, DELETE ON resource, search_value TO %I', ingest);
  EXECUTE format('GRANT SELECT, INSERT ON resource_history TO %I', ingest);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO %I', service);
  EXECUTE format('GRANT USAGE ON SEQUENCE outbox_sequence_seq TO %I, %I', service, ingest);
END $$;
