-- The launch context from the payer's system, for grants that began with a launch: see
-- src/domain/launch/launch-request.ts.
ALTER TABLE consent ADD COLUMN launch_context jsonb;
