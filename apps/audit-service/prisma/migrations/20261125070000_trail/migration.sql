-- The trail: one row an AuditEvent, chained by hashes per tenant, appended by one function and by nothing else. Its own
-- schema stands before `public` in everybody's search path but the owner's, so that the engine's statements find
-- trail.resource and trail.search_value, which are views; see docs/adr/0032-keep-the-trail-in-one-table-chained-by-its-append-function.md.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = current_database() || '_auditor') THEN
    RAISE EXCEPTION 'create the role %_auditor first, as docs/audit.md says', current_database();
  END IF;
  EXECUTE format('ALTER DATABASE %I SET search_path = trail, public', current_database());
  -- Migrations of the engine go on meaning its tables.
  EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = public', current_user, current_database());
END $$;
CREATE SCHEMA trail;

-- `body` is what is chained and served. The other columns repeat what in it can be searched for; the verifier compares.
-- Partitioned by the time of storing, which only grows within a tenant: a month is an unbroken piece of each chain.
CREATE TABLE trail.audit_event (
  tenant            text COLLATE "C" NOT NULL,
  seq               bigint NOT NULL,
  id                text COLLATE "C" NOT NULL,
  stored            timestamptz(3) NOT NULL,
  recorded          timestamptz(3) NOT NULL,
  member            text COLLATE "C" NOT NULL,
  kind              text COLLATE "C" NOT NULL,
  act               text COLLATE "C" NOT NULL,
  action            text COLLATE "C" NOT NULL,
  outcome           text COLLATE "C" NOT NULL,
  reason            text COLLATE "C",
  service           text COLLATE "C" NOT NULL,
  client            text COLLATE "C",
  grant_id          text COLLATE "C",
  policy            text COLLATE "C",
  address           text COLLATE "C",
  disclosed         integer NOT NULL,
  type              text COLLATE "C" NOT NULL,
  subtype           text[] COLLATE "C" NOT NULL,
  agent             text[] COLLATE "C" NOT NULL,
  entity            text[] COLLATE "C" NOT NULL,
  entity_identifier text[] COLLATE "C" NOT NULL,
  profile           text COLLATE "C",
  hash              bytea NOT NULL,
  body              text NOT NULL,
  CONSTRAINT audit_event_pkey PRIMARY KEY (tenant, seq, stored)
) PARTITION BY RANGE (stored);
CREATE INDEX audit_event_of_member ON trail.audit_event (tenant, member, stored, id);
CREATE INDEX audit_event_of_client ON trail.audit_event (tenant, client, stored) WHERE client IS NOT NULL;
-- Times of events follow the order of rows closely: a summary of each block is enough, and next to nothing to keep.
CREATE INDEX audit_event_recorded ON trail.audit_event USING brin (recorded);
-- In the row itself: out of line, each event would cost a second insert.
ALTER TABLE trail.audit_event ALTER COLUMN body SET STORAGE MAIN;
DO $$
BEGIN
  IF (SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression') THEN
    ALTER TABLE trail.audit_event ALTER COLUMN body SET COMPRESSION lz4;
  END IF;
END $$;

-- The end of each chain. Locked by whoever appends, so that sequence and hashes have one order.
CREATE TABLE trail.chain_head (
  tenant text COLLATE "C" PRIMARY KEY,
  seq    bigint NOT NULL,
  hash   bytea NOT NULL,
  stored timestamptz(3) NOT NULL
) WITH (fillfactor = 50);

-- What was signed of the heads: see docs/audit.md. Copies; what counts is what was published elsewhere.
CREATE TABLE trail.checkpoint (
  tenant text COLLATE "C" NOT NULL,
  seq    bigint NOT NULL,
  kind   text COLLATE "C" NOT NULL CHECK (kind IN ('head', 'root')),
  signed timestamptz(3) NOT NULL,
  jws    text NOT NULL,
  PRIMARY KEY (tenant, seq, kind)
);

CREATE TABLE trail.retention (
  tenant text COLLATE "C" PRIMARY KEY,
  months integer NOT NULL CHECK (months BETWEEN 1 AND 1200)
);
CREATE TABLE trail.legal_hold (
  id       uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant   text COLLATE "C" NOT NULL,
  member   text COLLATE "C",
  reason   text NOT NULL,
  set_by   text NOT NULL,
  set_at   timestamptz NOT NULL DEFAULT now(),
  lifted_by text,
  lifted_at timestamptz
);

CREATE FUNCTION trail.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of %: the trail is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE FUNCTION trail.refuse_setback() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.tenant <> OLD.tenant OR NEW.seq <= OLD.seq OR NEW.stored < OLD.stored THEN
    RAISE EXCEPTION 'a chain only grows' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON trail.audit_event
  FOR EACH ROW EXECUTE FUNCTION trail.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON trail.audit_event EXECUTE FUNCTION trail.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON trail.checkpoint
  FOR EACH ROW EXECUTE FUNCTION trail.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON trail.checkpoint EXECUTE FUNCTION trail.refuse_change();
CREATE TRIGGER forward_only BEFORE UPDATE ON trail.chain_head
  FOR EACH ROW EXECUTE FUNCTION trail.refuse_setback();
CREATE TRIGGER append_only BEFORE DELETE ON trail.chain_head
  FOR EACH ROW EXECUTE FUNCTION trail.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON trail.chain_head EXECUTE FUNCTION trail.refuse_change();

-- The table of one month. Attached, not created as a partition: that would lock out everybody.
CREATE FUNCTION trail.prepare_month(first_day timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  month timestamp := date_trunc('month', first_day AT TIME ZONE 'UTC');
  name  text := 'audit_event_' || to_char(month, 'YYYY_MM');
  -- Rows above this are compressed: what lz4 does at once costs pglz more than all the rest of an event.
  target integer := CASE (SELECT attcompression FROM pg_attribute
                           WHERE attrelid = 'trail.audit_event'::regclass AND attname = 'body')
                      WHEN 'l' THEN 1024 ELSE 4080 END;
BEGIN
  IF to_regclass('trail.' || name) IS NOT NULL THEN RETURN false; END IF;
  EXECUTE format('CREATE TABLE trail.%I (LIKE trail.audit_event INCLUDING STORAGE INCLUDING COMPRESSION)
                  WITH (toast_tuple_target = %s)', name, target);
  -- The key of a partitioned table has to hold the time; an event is one all the same.
  EXECUTE format('CREATE UNIQUE INDEX ON trail.%I (id, tenant)', name);
  EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON trail.%I EXECUTE FUNCTION trail.refuse_change()', name);
  EXECUTE format('ALTER TABLE trail.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
  EXECUTE format('ALTER TABLE trail.audit_event ATTACH PARTITION trail.%I FOR VALUES FROM (%L) TO (%L)', name,
                 month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
  RETURN true;
END $$;

-- Whoever appends also sees to it that there is a place to append to.
CREATE FUNCTION trail.prepare_months(ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  made integer := 0;
BEGIN
  IF ahead NOT BETWEEN 0 AND 120 THEN RAISE EXCEPTION 'ahead: 0 to 120 months'; END IF;
  PERFORM set_config('lock_timeout', '2s', true), pg_advisory_xact_lock(hashtext('trail.prepare_months'));
  FOR month IN 0..ahead LOOP
    IF trail.prepare_month(date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + month * interval '1 month')
      THEN made := made + 1; END IF;
  END LOOP;
  RETURN made;
END $$;

-- SHA-256(previous hash, then sequence number as 8 bytes, id and body): apps/audit-service/src/chain.ts says the same.
CREATE FUNCTION trail.link_next(state bytea, head bytea, item bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT sha256(coalesce(state, head) || item)';
CREATE AGGREGATE trail.link(bytea, bytea) (SFUNC = trail.link_next, STYPE = bytea);
CREATE FUNCTION trail.genesis(tenant text) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
  $$ SELECT sha256(convert_to('urn:payer-patient-access:trail:' || tenant, 'UTF8')) $$;

-- Appends what is new of a delivery to a tenant's chain. Each event is an object whose members are named like the
-- columns; its body comes in two parts, between which the time of storing is written. `ids` are those of the events,
-- `earliest` is the first time at which one was recorded: said again because to read it out of the events takes longer.
--
-- The head is locked by a statement of its own, so that the next one sees what was committed before: an event that was
-- delivered twice at once is one. A second delivery is looked for from a week before the event's own time on, whatever
-- the producer's clock says of it; within a month a unique index says the same again.
CREATE FUNCTION trail.append(of_tenant text, ids text[], earliest timestamptz, events json) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = trail, pg_catalog, pg_temp AS $$
DECLARE
  head  chain_head;
  known text[];
  now_  timestamptz;
  last_seq  bigint;
  last_hash bytea;
BEGIN
  PERFORM set_config('app.tenant', of_tenant, true);
  SELECT * INTO head FROM chain_head h WHERE h.tenant = of_tenant FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO chain_head VALUES (of_tenant, 0, genesis(of_tenant), '-infinity') ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT head FROM chain_head h WHERE h.tenant = of_tenant FOR UPDATE;
  END IF;
  now_ := greatest(date_trunc('milliseconds', clock_timestamp()), head.stored);
  known := ARRAY(SELECT a.id FROM audit_event a WHERE a.tenant = of_tenant AND a.id = ANY (ids)
                    AND a.stored >= least(earliest, now_) - interval '7 days');
  WITH new AS (
    SELECT head.seq + row_number() OVER (ORDER BY e.place) AS seq,
           e.head || to_char(now_ AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || e.tail AS body, e.*
      FROM ROWS FROM (json_to_recordset(events) AS (
             id text, recorded timestamptz, member text, kind text, act text, action text, outcome text, reason text,
             service text, client text, grant_id text, policy text, address text, disclosed integer, type text,
             subtype text[], agent text[], entity text[], entity_identifier text[], profile text, head text, tail text))
             WITH ORDINALITY AS e (id, recorded, member, kind, act, action, outcome, reason, service, client, grant_id,
               policy, address, disclosed, type, subtype, agent, entity, entity_identifier, profile, head, tail, place)
     WHERE e.id <> ALL (known)
  ), added AS (
    INSERT INTO audit_event (tenant, seq, id, stored, recorded, member, kind, act, action, outcome, reason, service,
                             client, grant_id, policy, address, disclosed, type, subtype, agent, entity,
                             entity_identifier, profile, hash, body)
    SELECT of_tenant, n.seq, n.id, now_, n.recorded, n.member, n.kind, n.act, n.action, n.outcome, n.reason, n.service,
           n.client, n.grant_id, n.policy, n.address, n.disclosed, n.type, n.subtype, n.agent, n.entity,
           n.entity_identifier, n.profile,
           link(head.hash, int8send(n.seq) || convert_to(n.id || n.body, 'UTF8'))
             OVER (ORDER BY n.seq ROWS UNBOUNDED PRECEDING),
           n.body
      FROM new n
    RETURNING seq, hash
  )
  SELECT a.seq, a.hash INTO last_seq, last_hash FROM added a ORDER BY a.seq DESC LIMIT 1;
  IF last_seq IS NULL THEN RETURN 0; END IF;
  UPDATE chain_head h SET seq = last_seq, hash = last_hash, stored = now_ WHERE h.tenant = of_tenant;
  RETURN last_seq - head.seq;
END $$;

-- What the engine reads. As the caller, so that the policies below hold.
CREATE VIEW trail.resource WITH (security_invoker = true) AS
  SELECT e.tenant, e.member, 'AuditEvent'::text COLLATE "C" AS type, e.id, 1 AS version, e.stored AS last_updated,
         '{}'::text[] COLLATE "C" AS sensitivity, e.body, e.hash
    FROM trail.audit_event e;
CREATE VIEW trail.resource_history WITH (security_invoker = true) AS
  SELECT r.tenant, r.member, r.type, r.id, r.version, r.last_updated, r.sensitivity, r.body FROM trail.resource r
   WHERE false;
CREATE VIEW trail.search_value WITH (security_invoker = true) AS
  SELECT e.tenant, e.member, 'AuditEvent'::text COLLATE "C" AS type, v.parameter, v.system, v.value, v.low, v.high,
         NULL::numrange AS number, e.id
    FROM trail.audit_event e, LATERAL (
      SELECT 'date' AS parameter, '' AS system, '' AS value, e.recorded AS low,
             e.recorded + interval '1 millisecond' AS high
      UNION ALL SELECT 'action', '', e.action, NULL, NULL
      UNION ALL SELECT 'outcome', '', e.outcome, NULL, NULL
      UNION ALL SELECT 'policy', '', e.policy, NULL, NULL
      UNION ALL SELECT '_profile', '', e.profile, NULL, NULL
      UNION ALL SELECT c.parameter, left(c.code, length(c.code) - position('|' in reverse(c.code))),
                       right(c.code, position('|' in reverse(c.code)) - 1), NULL, NULL
        FROM (SELECT 'type' AS parameter, e.type AS code
              UNION ALL SELECT 'subtype', unnest(e.subtype)) c
      UNION ALL SELECT 'agent', left(i.text, position('|' in i.text) - 1), substr(i.text, position('|' in i.text) + 1),
                       NULL, NULL
        FROM unnest(e.agent) AS i (text)
    ) v
   WHERE v.value IS NOT NULL;

-- Who may what. Nobody changes or deletes; whoever appends does so by the function, which chains.
DO $$
DECLARE
  owner   text := current_user;
  service text := current_database() || '_service';
  ingest  text := current_database() || '_ingest';
  auditor text := current_database() || '_auditor';
BEGIN
  ALTER TABLE trail.audit_event ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  EXECUTE format('CREATE POLICY member ON trail.audit_event FOR SELECT TO %I
    USING (tenant = current_setting(''app.tenant'')::context AND member = current_setting(''app.member'')::context)', service);
  EXECUTE format('CREATE POLICY tenant ON trail.audit_event FOR SELECT TO %I
    USING (tenant = current_setting(''app.tenant'')::context)', auditor);
  EXECUTE format('CREATE POLICY append ON trail.audit_event TO %I USING (tenant = current_setting(''app.tenant'')::context)
    WITH CHECK (tenant = current_setting(''app.tenant'')::context)', owner);
  EXECUTE format('GRANT USAGE ON SCHEMA trail TO %I, %I, %I', service, ingest, auditor);
  EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', auditor);
  EXECUTE format('GRANT SELECT ON trail.audit_event, trail.resource, trail.resource_history, trail.search_value TO %I, %I',
                 service, auditor);
  EXECUTE format('GRANT SELECT ON trail.chain_head, trail.checkpoint TO %I, %I', auditor, ingest);
  EXECUTE format('GRANT INSERT ON trail.checkpoint TO %I', ingest);
  EXECUTE format('GRANT SELECT ON trail.retention, trail.legal_hold TO %I', auditor);
  REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA trail FROM PUBLIC;
  EXECUTE format('GRANT EXECUTE ON FUNCTION trail.append(text, text[], timestamptz, json), trail.prepare_months(integer) TO %I', ingest);
  -- What is left of a version before this one fails loudly, and delivers again to the next.
  EXECUTE format('REVOKE ALL ON public.resource, public.search_value, public.resource_history FROM %I, %I', service, ingest);
END $$;

-- What was stored before this table was: chained in the order in which it came. The owner is bound by the policies.
ALTER TABLE public.resource NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public.search_value NO FORCE ROW LEVEL SECURITY;
DO $$
DECLARE
  of record;
BEGIN
  PERFORM trail.prepare_month(month)
     FROM (SELECT DISTINCT date_trunc('month', last_updated AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS month
             FROM public.resource) m;
  FOR of IN SELECT DISTINCT tenant FROM public.resource LOOP
    PERFORM set_config('app.tenant', of.tenant, true);
    INSERT INTO trail.audit_event (tenant, seq, id, stored, recorded, member, kind, act, action, outcome, reason, service,
                                   client, grant_id, policy, address, disclosed, type, subtype, agent, entity,
                                   entity_identifier, profile, hash, body)
    SELECT r.tenant, r.seq, r.id, r.last_updated, (b ->> 'recorded')::timestamptz, r.member,
           CASE WHEN b #>> '{type,code}' = 'rest' THEN 'rest' WHEN own ~ '^(token|consent)-' THEN split_part(own, '-', 1)
                WHEN own IN ('launch', 'denied-attempts') THEN own WHEN own = 'authorization-refused' THEN 'authorization'
                WHEN own IS NULL THEN 'login' ELSE 'administration' END,
           CASE WHEN b #>> '{type,code}' = 'rest' THEN b #>> '{subtype,0,code}'
                WHEN own ~ '^(token|consent)-' THEN substr(own, position('-' in own) + 1)
                WHEN own IN ('launch', 'denied-attempts') OR own IS NULL THEN ''
                WHEN own = 'authorization-refused' THEN 'refused' ELSE own END,
           b ->> 'action', b ->> 'outcome', b ->> 'outcomeDesc', b #>> '{source,observer,display}',
           (SELECT a #>> '{who,identifier,value}' FROM json_array_elements(b -> 'agent') a
             WHERE a #>> '{type,coding,0,code}' IN ('110150', '110152', '110153') AND a #> '{who,identifier}' IS NOT NULL
               AND a #>> '{who,identifier,system}' IS NULL AND a #>> '{who,identifier,value}' <> 'unknown' LIMIT 1),
           (SELECT e #>> '{what,identifier,value}' FROM json_array_elements(b -> 'entity') e
             WHERE e #>> '{type,code}' = 'Consent' LIMIT 1),
           (SELECT a #>> '{policy,0}' FROM json_array_elements(b -> 'agent') a WHERE a -> 'policy' IS NOT NULL LIMIT 1),
           (SELECT a #>> '{network,address}' FROM json_array_elements(b -> 'agent') a
             WHERE a #>> '{network,type}' = '2' LIMIT 1),
           (SELECT coalesce(sum((p ->> 'valueUnsignedInt')::integer), 0) FROM json_array_elements(b -> 'extension') x,
                   json_array_elements(x -> 'extension') p
             WHERE x ->> 'url' = 'urn:payer-patient-access:disclosed' AND p ->> 'url' = 'count'),
           concat(b #>> '{type,system}', '|', b #>> '{type,code}'),
           ARRAY(SELECT concat(s ->> 'system', '|', s ->> 'code') FROM json_array_elements(b -> 'subtype') s),
           ARRAY(SELECT concat(a #>> '{who,identifier,system}', '|', a #>> '{who,identifier,value}')
                   FROM json_array_elements(b -> 'agent') a WHERE a #> '{who,identifier}' IS NOT NULL),
           ARRAY(SELECT regexp_replace(e #>> '{what,reference}', '/_history/.*$', '')
                   FROM json_array_elements(b -> 'entity') e WHERE e #> '{what,reference}' IS NOT NULL),
           ARRAY(SELECT concat(e #>> '{what,identifier,system}', '|', e #>> '{what,identifier,value}')
                   FROM json_array_elements(b -> 'entity') e WHERE e #> '{what,identifier}' IS NOT NULL),
           b #>> '{meta,profile,0}',
           trail.link(trail.genesis(r.tenant), int8send(r.seq) || convert_to(r.id || r.body, 'UTF8'))
             OVER (ORDER BY r.seq ROWS UNBOUNDED PRECEDING),
           r.body
      FROM (SELECT *, row_number() OVER (ORDER BY last_updated, id) AS seq FROM public.resource
             WHERE tenant = of.tenant AND type = 'AuditEvent') r,
           LATERAL (SELECT r.body::json AS b) parsed,
           LATERAL (SELECT (SELECT s ->> 'code' FROM json_array_elements(b -> 'subtype') s
                             WHERE s ->> 'system' = 'urn:payer-patient-access:event' LIMIT 1) AS own) named;
    INSERT INTO trail.chain_head
    SELECT a.tenant, a.seq, a.hash, a.stored FROM trail.audit_event a WHERE a.tenant = of.tenant ORDER BY a.seq DESC LIMIT 1;
  END LOOP;
  TRUNCATE public.resource, public.search_value;
END $$;
ALTER TABLE public.resource FORCE ROW LEVEL SECURITY;
ALTER TABLE public.search_value FORCE ROW LEVEL SECURITY;
SELECT trail.prepare_months(12);
