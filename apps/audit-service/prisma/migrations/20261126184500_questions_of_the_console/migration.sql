-- What a console question may cost (docs/adr/0052-rebuild-the-trail-around-signed-batches-and-lanes.md). An index condition
-- on a column that stands behind the time is looked at in the index, so that what does not match is passed over without
-- its row.
DROP INDEX trail.audit_event_of_client;
CREATE INDEX audit_event_of_client ON trail.audit_event (tenant, client, stored, kind, act, outcome) WHERE client IS NOT NULL;
CREATE INDEX audit_event_reason_of_client ON trail.audit_event (tenant, client, stored, reason)
  WHERE reason IS NOT NULL AND client IS NOT NULL;
DROP INDEX trail.audit_event_refused;
CREATE INDEX audit_event_refused ON trail.audit_event (tenant, stored, outcome) WHERE outcome <> '0';
-- Events are recorded in about the order in which they are stored. This small index of block ranges finds the few that
-- were stored long afterwards, so that a question about an old period need not read everything since.
CREATE INDEX audit_event_recorded ON trail.audit_event USING brin (recorded) WITH (pages_per_range = 32, autosummarize = on);
