-- The trail (docs/adr/0052-rebuild-the-trail-around-signed-batches-and-lanes.md): one row for each record, in a chain of
-- hashes for each lane of a tenant, appended by one function and by nothing else. Its own schema stands before `public` in
-- everybody's search path but the owner's, so that the engine's statements find trail.resource, which is a view.
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

-- `record` is what a producer wrote and signed. The other columns repeat what in it can be searched for; the verifier
-- compares. Partitioned by the time of storing, which only grows within a lane: a month is an unbroken piece of each chain.
CREATE TABLE trail.audit_event (
  tenant    text COLLATE "C" NOT NULL,
  lane      smallint NOT NULL,
  seq       bigint NOT NULL,
  number    bigint NOT NULL,
  stored    timestamptz(3) NOT NULL,
  recorded  timestamptz(3) NOT NULL,
  disclosed integer NOT NULL,
  id        text COLLATE "C" NOT NULL,
  producer  text COLLATE "C" NOT NULL,
  member    text COLLATE "C" NOT NULL,
  kind      text COLLATE "C" NOT NULL,
  act       text COLLATE "C" NOT NULL,
  outcome   text COLLATE "C" NOT NULL,
  reason    text COLLATE "C",
  service   text COLLATE "C" NOT NULL,
  client    text COLLATE "C",
  login     text COLLATE "C",
  grant_id  text COLLATE "C",
  audience  text[] COLLATE "C",
  terms     bigint[] NOT NULL,
  hash      bytea NOT NULL,
  record    text NOT NULL,
  CONSTRAINT audit_event_pkey PRIMARY KEY (tenant, lane, seq, stored)
) PARTITION BY RANGE (stored);
-- A member's events: what a search compares is here, and for whom an event is (ADR 53), so that what does not match is
-- passed over without its row (ADR 48).
CREATE INDEX audit_event_of_member ON trail.audit_event (tenant, member, stored, id, recorded, outcome) INCLUDE (terms, audience);
-- Everybody's, by time; and by what a question of the console names.
CREATE INDEX audit_event_of_tenant ON trail.audit_event (tenant, stored, lane, seq);
CREATE INDEX audit_event_of_client ON trail.audit_event (tenant, client, stored) WHERE client IS NOT NULL;
CREATE INDEX audit_event_refused ON trail.audit_event (tenant, stored) WHERE outcome <> '0';
CREATE INDEX audit_event_of_reason ON trail.audit_event (tenant, reason, stored) WHERE reason IS NOT NULL;
CREATE INDEX audit_event_of_act ON trail.audit_event (tenant, kind, act, stored) WHERE kind <> 'rest';
CREATE INDEX audit_event_of_staff ON trail.audit_event (tenant, login, stored) WHERE member = '~' AND login IS NOT NULL;
-- The start of an id is a hash of the request's id: this finds both.
CREATE INDEX audit_event_of_id ON trail.audit_event (tenant, id);

-- The end of each chain. Locked by whoever appends, so that numbers and hashes have one order.
CREATE TABLE trail.chain_head (
  tenant text COLLATE "C" NOT NULL,
  lane   smallint NOT NULL,
  seq    bigint NOT NULL,
  hash   bytea NOT NULL,
  stored timestamptz(3) NOT NULL,
  PRIMARY KEY (tenant, lane)
) WITH (fillfactor = 50);

-- What a producer signed: numbers, and SHA-256 of each record, 32 bytes one after the other. Its records are `from_seq` to
-- `to_seq` of the chain, but for those that are `elsewhere`: stored before, or no events (dead letters).
CREATE TABLE trail.batch (
  tenant    text COLLATE "C" NOT NULL,
  lane      smallint NOT NULL,
  from_seq  bigint NOT NULL,
  to_seq    bigint NOT NULL,
  first     bigint NOT NULL,
  last      bigint NOT NULL,
  stored    timestamptz(3) NOT NULL,
  producer  text COLLATE "C" NOT NULL,
  kid       text COLLATE "C" NOT NULL,
  signature text COLLATE "C" NOT NULL,
  sequences bigint[] NOT NULL,
  elsewhere bigint[] NOT NULL,
  hashes    bytea NOT NULL,
  PRIMARY KEY (tenant, lane, from_seq)
);
CREATE INDEX batch_of_producer ON trail.batch (producer, last);
ALTER TABLE trail.batch ALTER COLUMN hashes SET STORAGE EXTERNAL;

-- What was signed of the heads, all lanes of a tenant together: see docs/audit.md. Copies; what counts is what was published
-- elsewhere. `records` is the sum of the lanes' numbers.
CREATE TABLE trail.checkpoint (
  tenant  text COLLATE "C" NOT NULL,
  records bigint NOT NULL,
  kind    text COLLATE "C" NOT NULL CHECK (kind IN ('head', 'root')),
  signed  timestamptz(3) NOT NULL,
  jws     text NOT NULL,
  PRIMARY KEY (tenant, records, kind)
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

-- What the plan's yearly report to CMS counts (libs/events, transfer.ts): which app got data of which member on which
-- day (UTC). Kept in the transaction that appends to the trail, which it can be made anew from.
CREATE TABLE trail.transfer (
  tenant text COLLATE "C" NOT NULL,
  member text COLLATE "C" NOT NULL,
  client text COLLATE "C" NOT NULL,
  day    date NOT NULL,
  PRIMARY KEY (tenant, member, client, day)
);
CREATE INDEX transfer_of_year ON trail.transfer (tenant, day);

-- Batches that are none, and records in them that are no events: kept whole, for a person. `body` is the batch.
CREATE TABLE public.dead_letter (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  received_at timestamptz NOT NULL DEFAULT now(),
  reason      text NOT NULL,
  body        text NOT NULL,
  producer    text,
  digest      bytea NOT NULL UNIQUE,
  replayed_at timestamptz
);
-- Numbers that arrived and hold no event.
CREATE TABLE public.arrival (
  producer text NOT NULL,
  sequence bigint NOT NULL,
  PRIMARY KEY (producer, sequence)
);
-- How far each producer's numbers have arrived without a gap: what is above it stands in trail.batch and public.arrival.
CREATE TABLE public.producer (
  name    text PRIMARY KEY,
  through bigint NOT NULL DEFAULT 0
);

CREATE FUNCTION trail.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of %: the trail is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE FUNCTION trail.refuse_setback() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.tenant, NEW.lane) <> (OLD.tenant, OLD.lane) OR NEW.seq <= OLD.seq OR NEW.stored < OLD.stored THEN
    RAISE EXCEPTION 'a chain only grows' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
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
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['audit_event', 'batch', 'checkpoint'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON trail.%I
                    FOR EACH ROW EXECUTE FUNCTION trail.refuse_change()', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['chain_head', 'legal_hold'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE DELETE ON trail.%I
                    FOR EACH ROW EXECUTE FUNCTION trail.refuse_change()', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['audit_event', 'batch', 'checkpoint', 'chain_head', 'legal_hold'] LOOP
    EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON trail.%I EXECUTE FUNCTION trail.refuse_change()', name);
  END LOOP;
END $$;
CREATE TRIGGER forward_only BEFORE UPDATE ON trail.chain_head
  FOR EACH ROW EXECUTE FUNCTION trail.refuse_setback();
CREATE TRIGGER lift_only BEFORE UPDATE ON trail.legal_hold FOR EACH ROW EXECUTE FUNCTION trail.refuse_rewriting_hold();

-- The table of a month, when it is new and when it is made again with less in it. The condition lets it be attached without
-- being read. Attached, and not created as a partition, which would lock out everybody.
CREATE FUNCTION trail.month_table(name text, first_moment timestamptz, end_moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TABLE trail.%I (LIKE trail.audit_event INCLUDING STORAGE INCLUDING COMPRESSION,
                    CHECK (stored >= %L AND stored < %L))', name, first_moment, end_moment);
  EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON trail.%I EXECUTE FUNCTION trail.refuse_change()', name);
  EXECUTE format('ALTER TABLE trail.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
END $$;
CREATE FUNCTION trail.attach_month(name text, first_moment timestamptz, end_moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE trail.audit_event ATTACH PARTITION trail.%I FOR VALUES FROM (%L) TO (%L)',
                 name, first_moment, end_moment);
END $$;
CREATE FUNCTION trail.prepare_month(first_day timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
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
  FOR staying IN SELECT DISTINCT h.tenant FROM trail.chain_head h WHERE h.tenant <> ALL (going) LOOP
    PERFORM set_config('app.tenant', staying, true);
    EXECUTE format('INSERT INTO trail.%I SELECT * FROM trail.audit_event WHERE tenant = %L AND stored >= %L AND stored < %L',
                   name || '_kept', staying, first_moment, end_moment);
    GET DIAGNOSTICS copied = ROW_COUNT;
    remain := remain + copied;
  END LOOP;
  PERFORM set_config('lock_timeout', '2s', true);
  ALTER TABLE trail.batch DISABLE TRIGGER append_only;
  DELETE FROM trail.batch b WHERE b.tenant = ANY (going) AND b.stored >= first_moment AND b.stored < end_moment;
  ALTER TABLE trail.batch ENABLE TRIGGER append_only;
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

-- SHA-256(previous hash, then number in the chain and time of storing in ms as 8 bytes each, the id, and the record's
-- SHA-256): apps/audit-service/src/chain.ts says the same.
CREATE FUNCTION trail.link_next(state bytea, head bytea, item bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN RETURN sha256(coalesce(state, head) || item); END $$;
CREATE AGGREGATE trail.link(bytea, bytea) (SFUNC = trail.link_next, STYPE = bytea);
CREATE FUNCTION trail.genesis(tenant text, lane integer) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
  $$ SELECT sha256(convert_to('urn:payer-patient-access:trail:' || tenant || '/' || lane, 'UTF8')) $$;

-- Appends what is new of a batch to its lane. Each event is an object whose members are named like the columns; its record
-- stands in the same line of `records`. `places` says which of the batch's numbers the events are, counted from 1: the
-- others are no events. The head is locked by a statement of its own, so that the next one sees what was committed before:
-- a batch that was delivered twice at once is stored once. What the yearly report counts is counted here, of the events that
-- are `transferred`. Planning these statements anew each time would cost more than they do.
CREATE FUNCTION trail.append(of_tenant text, of_lane smallint, of_producer text, of_kid text, of_signature text,
                             numbers bigint[], digests bytea, places integer[], events json, records text)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = trail, pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  head  chain_head;
  known bigint[];
  now_  timestamptz;
  ms    bytea;
  added bigint[];
  last_hash bytea;
BEGIN
  PERFORM set_config('app.tenant', of_tenant, true);
  INSERT INTO public.producer (name) VALUES (of_producer) ON CONFLICT DO NOTHING;
  SELECT * INTO head FROM chain_head h WHERE h.tenant = of_tenant AND h.lane = of_lane FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO chain_head VALUES (of_tenant, of_lane, 0, genesis(of_tenant, of_lane), '-infinity') ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT head FROM chain_head h WHERE h.tenant = of_tenant AND h.lane = of_lane FOR UPDATE;
  END IF;
  now_ := greatest(date_trunc('milliseconds', clock_timestamp()), head.stored);
  ms := int8send((extract(epoch FROM now_) * 1000)::bigint);
  -- A number that a batch has elsewhere is in another batch, or was no event then.
  known := ARRAY(SELECT unnest(b.sequences) FROM batch b WHERE b.producer = of_producer AND b.last >= numbers[1]
                    AND b.first <= numbers[cardinality(numbers)]
                 EXCEPT ALL
                 SELECT unnest(b.elsewhere) FROM batch b WHERE b.producer = of_producer AND b.last >= numbers[1]
                    AND b.first <= numbers[cardinality(numbers)]);
  WITH new AS (
    SELECT head.seq + row_number() OVER (ORDER BY e.nth) AS seq, numbers[places[e.nth]] AS number,
           substr(digests, places[e.nth] * 32 - 31, 32) AS digest, e.*
      FROM ROWS FROM (
             json_to_recordset(events) AS (
               id text, recorded timestamptz, member text, kind text, act text, outcome text, reason text, service text,
               client text, login text, grant_id text, disclosed integer, audience text[], terms bigint[],
               transferred boolean),
             string_to_table(records, E'\n'))
             WITH ORDINALITY AS e (id, recorded, member, kind, act, outcome, reason, service, client, login, grant_id,
               disclosed, audience, terms, transferred, record, nth)
     WHERE cardinality(known) = 0 OR numbers[places[e.nth]] <> ALL (known)
  ), stored AS (
    INSERT INTO audit_event (tenant, lane, seq, number, stored, recorded, disclosed, id, producer, member, kind, act, outcome,
                             reason, service, client, login, grant_id, audience, terms, hash, record)
    SELECT of_tenant, of_lane, n.seq, n.number, now_, n.recorded, n.disclosed, n.id, of_producer, n.member, n.kind, n.act,
           n.outcome, n.reason, n.service, n.client, n.login, n.grant_id, n.audience, n.terms,
           link(head.hash, int8send(n.seq) || ms || convert_to(n.id, 'UTF8') || n.digest)
             OVER (ORDER BY n.seq ROWS UNBOUNDED PRECEDING),
           n.record
      FROM new n
    RETURNING seq, number, hash
  ), counted AS (
    INSERT INTO transfer (tenant, member, client, day)
    SELECT of_tenant, t.* FROM (
      SELECT DISTINCT n.member, n.client, (n.recorded AT TIME ZONE 'UTC')::date AS day FROM new n WHERE n.transferred) t
     WHERE NOT EXISTS (SELECT FROM transfer k WHERE k.tenant = of_tenant AND (k.member, k.client, k.day) = (t.member, t.client, t.day))
     ORDER BY 2, 3, 4
    ON CONFLICT DO NOTHING
  )
  SELECT array_agg(s.number), (array_agg(s.hash ORDER BY s.seq DESC))[1] INTO added, last_hash FROM stored s;
  IF added IS NULL THEN RETURN 0; END IF;
  INSERT INTO batch (tenant, lane, from_seq, to_seq, first, last, stored, producer, kid, signature, sequences, elsewhere, hashes)
  VALUES (of_tenant, of_lane, head.seq + 1, head.seq + cardinality(added), numbers[1], numbers[cardinality(numbers)], now_,
          of_producer, of_kid, of_signature, numbers,
          CASE WHEN cardinality(added) = cardinality(numbers) THEN '{}'
               ELSE ARRAY(SELECT unnest(numbers) EXCEPT SELECT unnest(added) ORDER BY 1) END, digests);
  UPDATE chain_head h SET seq = head.seq + cardinality(added), hash = last_hash, stored = now_
   WHERE h.tenant = of_tenant AND h.lane = of_lane;
  RETURN cardinality(added);
END $$;

-- What the engine reads, as the caller, so that the policies below hold: what is found and in which order, from the index
-- alone; and what the AuditEvent of what is shown is made from (src/audit-event.ts).
CREATE VIEW trail.resource WITH (security_invoker = true) AS
  SELECT e.tenant, e.member, 'AuditEvent'::text COLLATE "C" AS type, e.id, 0::smallint AS form, 1 AS version,
         '1'::text COLLATE "C" AS version_id, e.stored AS last_updated, e.audience,
         '{}'::text[] COLLATE "C" AS sensitivity, e.recorded, e.outcome, e.terms,
         (SELECT b.id || ' ' || (extract(epoch FROM b.stored) * 1000)::bigint || ' ' || b.record FROM trail.audit_event b
           WHERE b.tenant = e.tenant AND b.member = e.member AND b.stored = e.stored AND b.id = e.id) AS body
    FROM trail.audit_event e;
CREATE VIEW trail.resource_history WITH (security_invoker = true) AS
  SELECT r.tenant, r.member, r.type, r.id, r.version, r.version_id, r.last_updated, r.audience, r.sensitivity, r.body
    FROM trail.resource r WHERE false;
-- Events are searched by the columns of trail.resource, and by nothing else.
CREATE VIEW trail.search_value WITH (security_invoker = true) AS
  SELECT v.tenant, v.member, v.type, v.parameter, v.system, v.value, v.low, v.high, v.number, v.id,
         NULL::text[] COLLATE "C" AS audience
    FROM public.search_value v WHERE false;

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
  ALTER TABLE trail.transfer ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  EXECUTE format('CREATE POLICY tenant ON trail.transfer TO %I, %I, %I
    USING (tenant = current_setting(''app.tenant'')::context)
    WITH CHECK (tenant = current_setting(''app.tenant'')::context)', owner, ingest, auditor);
  EXECUTE format('GRANT USAGE ON SCHEMA trail TO %I, %I, %I', service, ingest, auditor);
  EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', auditor);
  EXECUTE format('GRANT SELECT ON trail.audit_event, trail.resource, trail.resource_history TO %I, %I', service, auditor);
  EXECUTE format('GRANT SELECT ON trail.search_value TO %I', service);
  EXECUTE format('GRANT SELECT ON trail.chain_head, trail.checkpoint TO %I, %I', auditor, ingest);
  EXECUTE format('GRANT SELECT ON trail.batch TO %I, %I', auditor, ingest);
  EXECUTE format('GRANT INSERT ON trail.checkpoint TO %I', ingest);
  EXECUTE format('GRANT SELECT ON trail.retention, trail.legal_hold, trail.transfer TO %I', auditor);
  EXECUTE format('GRANT SELECT ON trail.transfer TO %I', ingest);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE (replayed_at) ON public.dead_letter TO %I', ingest);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE (through) ON public.producer TO %I', ingest);
  EXECUTE format('GRANT SELECT, INSERT, DELETE ON public.arrival TO %I', ingest);
  EXECUTE format('GRANT SELECT ON public.dead_letter, public.producer, public.arrival TO %I', service);
  REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA trail FROM PUBLIC;
  EXECUTE format('GRANT EXECUTE ON FUNCTION trail.append(text, smallint, text, text, text, bigint[], bytea, integer[], json, text),
                  trail.prepare_months(integer) TO %I', ingest);
  -- The engine's own tables stay empty here.
  EXECUTE format('REVOKE ALL ON public.resource, public.search_value, public.resource_history FROM %I, %I', service, ingest);
END $$;
SELECT trail.prepare_months(12);
