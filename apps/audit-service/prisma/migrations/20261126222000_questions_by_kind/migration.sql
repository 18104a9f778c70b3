-- What a console question may cost (ADR 52), continued. Consents of 13 months: by kind in the order of storing, so that a page
-- of them ends with the page. What else is asked for stands behind the time, and is looked at in the index.
DROP INDEX trail.audit_event_of_act;
CREATE INDEX audit_event_of_kind ON trail.audit_event (tenant, kind, stored, act, outcome) WHERE kind <> 'rest';
-- Nearly all reads are one of these two, which are found by time. The others are rare.
CREATE INDEX audit_event_of_rare_read ON trail.audit_event (tenant, act, stored, outcome)
  WHERE kind = 'rest' AND act NOT IN ('read', 'search-type');
DROP INDEX trail.audit_event_refused;
CREATE INDEX audit_event_refused ON trail.audit_event (tenant, stored, outcome, kind, act) WHERE outcome <> '0';
DROP INDEX trail.audit_event_of_reason;
CREATE INDEX audit_event_of_reason ON trail.audit_event (tenant, reason, stored, kind, act, outcome) WHERE reason IS NOT NULL;
CREATE INDEX audit_event_reason_of_member ON trail.audit_event (tenant, member, stored, reason, kind, act)
  WHERE reason IS NOT NULL;
