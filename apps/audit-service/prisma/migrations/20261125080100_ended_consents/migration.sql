-- Consents that were ended are few among all events: what was asked for under one of them since is found from here.
CREATE INDEX audit_event_ended ON trail.audit_event (tenant, stored) WHERE kind = 'consent' AND act = 'revoke';
