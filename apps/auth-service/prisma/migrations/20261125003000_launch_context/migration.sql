-- What a payer's system said when it opened the launch that the grant came of: see src/launch/launch-request.ts.
ALTER TABLE consent ADD COLUMN launch_context jsonb;
