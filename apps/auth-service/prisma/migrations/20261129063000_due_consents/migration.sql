-- What is due is looked for plan by plan, so that nobody reads past the rows of another plan. The release before orders by
-- consent_to_publish, which nothing else needs: it goes one release later.
CREATE INDEX CONCURRENTLY consent_due ON consent (tenant, publish_at) WHERE publish_at IS NOT NULL AND member IS NOT NULL;
