-- A tenant gets up to half a million checkpoints in a year. Continuous verification looks at one of each day, which it finds
-- here (src/verify/records.ts).
CREATE INDEX checkpoint_by_time ON trail.checkpoint (tenant, kind, signed);
