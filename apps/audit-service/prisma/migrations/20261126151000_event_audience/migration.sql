-- An app sees an event if all that was released to whoever caused it was released to the app, too: an event says for whom it
-- is as every other resource does (docs/adr/0053-show-an-app-the-events-of-those-who-see-no-more-than-it.md). NULL is every
-- app that may see the member's trail; the bodies of events that are stored already name no labels, and neither do their rows.
ALTER TABLE trail.audit_event ADD COLUMN audience text[] COLLATE "C";

-- For whom it is stands beside what is searched: what is not the caller's is passed over without its row.
CREATE INDEX audit_event_of_member_4 ON trail.audit_event (tenant, member, stored, id, recorded, outcome) INCLUDE (terms, audience);
DROP INDEX trail.audit_event_of_member;
ALTER INDEX trail.audit_event_of_member_4 RENAME TO audit_event_of_member;

-- As before, and it stores the audience.
CREATE OR REPLACE FUNCTION trail.append(of_tenant text, ids text[], earliest timestamptz, events json, heads text, tails text)
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
               subtype text[], agent text[], entity text[], entity_identifier text[], profile text,
               audience text[]),
             string_to_table(heads, E'\n'), string_to_table(tails, E'\n'))
             WITH ORDINALITY AS e (id, recorded, member, kind, act, action, outcome, reason, service, client, grant_id,
               policy, address, disclosed, type, subtype, agent, entity, entity_identifier, profile, audience, head,
               tail, place)
     WHERE e.id <> ALL (known)
  ), added AS (
    INSERT INTO audit_event (tenant, seq, id, stored, recorded, member, kind, act, action, outcome, reason, service,
                             client, grant_id, policy, address, disclosed, type, subtype, agent, entity,
                             entity_identifier, profile, audience, hash, body)
    SELECT of_tenant, n.seq, n.id, now_, n.recorded, n.member, n.kind, n.act, n.action, n.outcome, n.reason, n.service,
           n.client, n.grant_id, n.policy, n.address, n.disclosed, n.type, n.subtype, n.agent, n.entity,
           n.entity_identifier, n.profile, n.audience,
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

CREATE OR REPLACE VIEW trail.resource WITH (security_invoker = true) AS
  SELECT e.tenant, e.member, 'AuditEvent'::text COLLATE "C" AS type, e.id, 0::smallint AS form, 1 AS version, '1'::text COLLATE "C" AS version_id, e.stored AS last_updated,
         e.audience,
         '{}'::text[] COLLATE "C" AS sensitivity, e.recorded, e.outcome, e.terms,
         (SELECT b.body FROM trail.audit_event b
           WHERE b.tenant = e.tenant AND b.member = e.member AND b.stored = e.stored AND b.id = e.id) AS body
    FROM trail.audit_event e;
CREATE OR REPLACE VIEW trail.search_value WITH (security_invoker = true) AS
  SELECT e.tenant, e.member, 'AuditEvent'::text COLLATE "C" AS type, v.parameter, v.system, v.value, v.low, v.high,
         NULL::numrange AS number, e.id, e.audience
    FROM trail.audit_event e, LATERAL (
      SELECT 'date' AS parameter, '' AS system, '' AS value, e.recorded AS low,
             e.recorded + interval '1 millisecond' AS high
      UNION ALL SELECT 'action', '', e.action, NULL, NULL
      UNION ALL SELECT 'outcome', '', e.outcome, NULL, NULL
      UNION ALL SELECT 'policy', '', e.policy, NULL, NULL
      UNION ALL SELECT '_profile', '', e.profile, NULL, NULL
      UNION ALL SELECT 'source:identifier', '', e.service, NULL, NULL
      UNION ALL SELECT c.parameter, left(c.code, length(c.code) - position('|' in reverse(c.code))),
                       right(c.code, position('|' in reverse(c.code)) - 1), NULL, NULL
        FROM (SELECT 'type' AS parameter, e.type AS code
              UNION ALL SELECT 'subtype', unnest(e.subtype)) c
      UNION ALL SELECT 'agent', left(i.text, position('|' in i.text) - 1), substr(i.text, position('|' in i.text) + 1),
                       NULL, NULL
        FROM unnest(e.agent) AS i (text)
      UNION ALL SELECT 'entity', '', r.reference, NULL, NULL FROM unnest(e.entity) AS r (reference)
      UNION ALL SELECT 'entity:identifier', left(i.text, position('|' in i.text) - 1),
                       substr(i.text, position('|' in i.text) + 1), NULL, NULL
        FROM unnest(e.entity_identifier) AS i (text)
    ) v
   WHERE v.value IS NOT NULL;
