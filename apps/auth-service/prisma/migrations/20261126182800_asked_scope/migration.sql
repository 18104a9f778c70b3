-- The scope as the app wrote it, so that it is told what it did not get, and why (ADR 66).
ALTER TABLE consent ADD COLUMN asked_scope text;
