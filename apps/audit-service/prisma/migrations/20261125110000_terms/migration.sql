-- What a member's search compares rides in the index by which her events are walked, as numbers: what does not match is
-- passed over without its row, which is some 4 kB, elsewhere on the disk. See docs/adr/0048-answer-members-trail-searches-from-one-index.md.

-- A value that can be searched for, as 64 bits. The hash is the one that hash partitions rely on: it does not change.
CREATE FUNCTION trail.term(parameter text, value text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
  $$ SELECT hashtextextended(parameter || ' ' || value, 0) $$;

-- All of an event. Of `system|value` each half, too, if there is a system; nothing at all is the empty value.
-- src/oversight/terms.ts asks for them.
CREATE FUNCTION trail.terms(action text, type text, subtype text[], agent text[], entity text[], entity_identifier text[],
                            policy text, service text, profile text) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  found bigint[] := ARRAY[trail.term('action', action), trail.term('policy', coalesce(policy, '')),
                          trail.term('source:identifier', service), trail.term('_profile', coalesce(profile, ''))];
  parameter text;
  texts     text[];
  item      text;
  bar       integer;
BEGIN
  FOREACH item IN ARRAY CASE entity WHEN '{}' THEN ARRAY[''] ELSE entity END LOOP
    found := found || trail.term('entity', item);
  END LOOP;
  FOREACH parameter IN ARRAY ARRAY['type', 'subtype', 'agent', 'entity:identifier'] LOOP
    texts := CASE parameter WHEN 'type' THEN ARRAY[type] WHEN 'subtype' THEN subtype WHEN 'agent' THEN agent
                            ELSE entity_identifier END;
    FOREACH item IN ARRAY CASE texts WHEN '{}' THEN ARRAY[''] ELSE texts END LOOP
      found := found || trail.term(parameter, item);
      -- A system of codes may have a bar in it, an identifier after its system.
      bar := CASE WHEN parameter IN ('type', 'subtype') THEN length(item) - position('|' in reverse(item)) + 1
                  ELSE position('|' in item) END;
      IF bar > 1 THEN
        found := found || trail.term(parameter || ' system', left(item, bar - 1))
                       || trail.term(parameter || ' value', substr(item, bar + 1));
      END IF;
    END LOOP;
  END LOOP;
  RETURN found;
END $$;

-- What is there already is written anew for it, and events wait in the outboxes meanwhile.
ALTER TABLE trail.audit_event ADD COLUMN terms bigint[] NOT NULL GENERATED ALWAYS AS (
  trail.terms(action, type, subtype, agent, entity, entity_identifier, policy, service, profile)) STORED;
CREATE INDEX audit_event_of_member_3 ON trail.audit_event (tenant, member, stored, id, recorded, outcome) INCLUDE (terms);
DROP INDEX trail.audit_event_of_member;
ALTER INDEX trail.audit_event_of_member_3 RENAME TO audit_event_of_member;

-- Of a member's search: what is found and in which order, from the index alone, and the body of what is shown.
DROP VIEW trail.resource_history, trail.resource;
CREATE VIEW trail.resource WITH (security_invoker = true) AS
  SELECT e.tenant, e.member, 'AuditEvent'::text COLLATE "C" AS type, e.id, 1 AS version, e.stored AS last_updated,
         '{}'::text[] COLLATE "C" AS sensitivity, e.recorded, e.outcome, e.terms,
         (SELECT b.body FROM trail.audit_event b
           WHERE b.tenant = e.tenant AND b.member = e.member AND b.stored = e.stored AND b.id = e.id) AS body
    FROM trail.audit_event e;
CREATE VIEW trail.resource_history WITH (security_invoker = true) AS
  SELECT r.tenant, r.member, r.type, r.id, r.version, r.last_updated, r.sensitivity, r.body FROM trail.resource r
   WHERE false;

-- As before, and a month's table has what the trail's has, computed there, too.
CREATE OR REPLACE FUNCTION trail.month_table(name text, first_moment timestamptz, end_moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  -- Rows above this are compressed: what lz4 does at once costs pglz more than all the rest of an event.
  target integer := CASE (SELECT attcompression FROM pg_attribute
                           WHERE attrelid = 'trail.audit_event'::regclass AND attname = 'body')
                      WHEN 'l' THEN 1024 ELSE 4080 END;
BEGIN
  -- The condition lets it be attached without being read.
  EXECUTE format('CREATE TABLE trail.%I (LIKE trail.audit_event INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING GENERATED,
                    CHECK (stored >= %L AND stored < %L)) WITH (toast_tuple_target = %s)',
                 name, first_moment, end_moment, target);
  -- The key of a partitioned table has to hold the time; an event is one all the same.
  EXECUTE format('CREATE UNIQUE INDEX ON trail.%I (id, tenant)', name);
  EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON trail.%I EXECUTE FUNCTION trail.refuse_change()', name);
  EXECUTE format('ALTER TABLE trail.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
END $$;
CREATE OR REPLACE FUNCTION trail.drop_month(first_day timestamptz, going text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  month timestamp := date_trunc('month', first_day AT TIME ZONE 'UTC');
  name  text := 'audit_event_' || to_char(month, 'YYYY_MM');
  first_moment timestamptz := month AT TIME ZONE 'UTC';
  end_moment   timestamptz := (month + interval '1 month') AT TIME ZONE 'UTC';
  -- What is computed is computed again.
  columns text := (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
                    WHERE attrelid = 'trail.audit_event'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '');
  staying text;
  remain  bigint := 0;
  copied  bigint;
BEGIN
  PERFORM trail.month_table(name || '_kept', first_moment, end_moment);
  EXECUTE format('ALTER TABLE trail.%I NO FORCE ROW LEVEL SECURITY', name || '_kept');
  FOR staying IN SELECT h.tenant FROM trail.chain_head h WHERE h.tenant <> ALL (going) LOOP
    PERFORM set_config('app.tenant', staying, true);
    EXECUTE format('INSERT INTO trail.%I (%s) SELECT %2$s FROM trail.audit_event
                     WHERE tenant = %L AND stored >= %L AND stored < %L',
                   name || '_kept', columns, staying, first_moment, end_moment);
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

DO $$
DECLARE
  service text := current_database() || '_service';
  auditor text := current_database() || '_auditor';
BEGIN
  EXECUTE format('GRANT SELECT ON trail.resource, trail.resource_history TO %I, %I', service, auditor);
  REVOKE EXECUTE ON FUNCTION trail.term(text, text), trail.terms(text, text, text[], text[], text[], text[], text, text, text)
    FROM PUBLIC;
  EXECUTE format('GRANT EXECUTE ON FUNCTION trail.term(text, text) TO %I', service);
END $$;
