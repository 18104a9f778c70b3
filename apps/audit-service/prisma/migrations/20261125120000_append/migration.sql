-- As before, and what an event's body says is no longer said in JSON within JSON: to escape, check and unescape 3 kB an event
-- was a third of what it costs to store one. A version before this one fails loudly, and delivers again to the next.
DROP FUNCTION trail.append(text, text[], timestamptz, json);

-- Appends what is new of a delivery to a tenant's chain. Each event is an object whose members are named like the
-- columns; its body is what stands in the same line of `heads` and of `tails`, and between them the time of storing. `ids`
-- are those of the events, `earliest` is the first time at which one was recorded: said again because to read it out of
-- the events takes longer.
--
-- The head is locked by a statement of its own, so that the next one sees what was committed before: an event that was
-- delivered twice at once is one. A second delivery is looked for from a week before the event's own time on, whatever
-- the producer's clock says of it, and not in months to come; within a month a unique index says the same again.
CREATE FUNCTION trail.append(of_tenant text, ids text[], earliest timestamptz, events json, heads text, tails text)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = trail, pg_catalog, pg_temp
-- The plan of the look-up is made while a month is empty, and kept while it grows. Whatever is believed of the month then,
-- an event is looked for by its id: one at a time, and by the one index that knows ids without a tenant.
SET enable_seqscan = off SET enable_indexonlyscan = off AS $$
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
  known := ARRAY(SELECT k.id FROM unnest(ids) i (id) CROSS JOIN LATERAL (
                   SELECT a.id FROM audit_event a WHERE (a.tenant = of_tenant) IS TRUE AND a.id = i.id
                      AND a.stored >= least(earliest, now_) - interval '7 days' AND a.stored <= now_ LIMIT 1) k);
  WITH new AS (
    SELECT head.seq + row_number() OVER (ORDER BY e.place) AS seq,
           e.head || to_char(now_ AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || e.tail AS body, e.*
      FROM ROWS FROM (
             json_to_recordset(events) AS (
               id text, recorded timestamptz, member text, kind text, act text, action text, outcome text, reason text,
               service text, client text, grant_id text, policy text, address text, disclosed integer, type text,
               subtype text[], agent text[], entity text[], entity_identifier text[], profile text),
             string_to_table(heads, E'\n'), string_to_table(tails, E'\n'))
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

DO $$
BEGIN
  -- IS TRUE says the same, and is nothing that an index is looked into for.
  EXECUTE format('ALTER POLICY append ON trail.audit_event TO %I USING ((tenant = current_setting(''app.tenant'')::context) IS TRUE)',
                 current_user);
  REVOKE EXECUTE ON FUNCTION trail.append(text, text[], timestamptz, json, text, text) FROM PUBLIC;
  EXECUTE format('GRANT EXECUTE ON FUNCTION trail.append(text, text[], timestamptz, json, text, text) TO %I',
                 current_database() || '_ingest');
END $$;

-- A function in SQL is set up anew for each event, which takes longer than the hash.
CREATE OR REPLACE FUNCTION trail.link_next(state bytea, head bytea, item bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN RETURN sha256(coalesce(state, head) || item); END $$;
