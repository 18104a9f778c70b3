-- A consent that ended by itself before its relation stays as it is for ever. Whoever looks for grants that are over reads past none
-- of them. The release before looks by consent_over, which nothing else needs: it goes one release later.
CREATE INDEX CONCURRENTLY consent_over_early ON consent (over_at) WHERE revoked_at IS NULL AND over_at < until;
