-- Where the trail's database is, and since when it has everything (ADR 116). One row.
CREATE TABLE trail_state (
  single      boolean PRIMARY KEY DEFAULT true CHECK (single),
  -- null: nobody has looked yet
  place       text,
  -- null: since its beginning
  whole_since timestamptz
);
INSERT INTO trail_state DEFAULT VALUES;

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, UPDATE (place, whole_since) ON trail_state TO %I', current_database() || '_ingest');
END $$;
