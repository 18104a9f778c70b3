-- By which rules a resource was checked when it came last
-- (docs/adr/0119-check-again-only-what-or-whose-rules-changed.md). None: it has to be looked at when it comes again. What
-- changes a stored resource in any other way leaves none.
ALTER TABLE resource ADD COLUMN checked_by bytea;

DO $$
BEGIN
  EXECUTE format('GRANT UPDATE (checked_by) ON resource TO %I', current_database() || '_ingest');
END $$;
