-- Each agreement looks for the newest live consent of the same person for the same app. It begins with the person, so that no
-- statement takes it for the tenant alone.
CREATE INDEX CONCURRENTLY consent_newest ON consent (sub, tenant, granted_at);
