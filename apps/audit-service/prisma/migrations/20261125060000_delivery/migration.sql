-- What of each producer's sequence has arrived: written in the transaction that stores the events, so that it can be
-- believed when a producer asks what it may forget (security rule D13). Numbers up to `through` have all arrived; only
-- those above it are kept one by one.
CREATE TABLE producer (
  name    text PRIMARY KEY,
  through bigint NOT NULL DEFAULT 0
);
CREATE TABLE arrival (
  producer text NOT NULL,
  sequence bigint NOT NULL,
  PRIMARY KEY (producer, sequence)
);

-- A dead letter is kept whole, to be opened again; the same message sent again is the same dead letter.
ALTER TABLE dead_letter
  ADD COLUMN producer text,
  ADD COLUMN sequence bigint,
  ADD COLUMN mac text,
  ADD COLUMN digest bytea UNIQUE,
  ADD COLUMN replayed_at timestamptz;

DO $$
DECLARE
  ingest text := current_database() || '_ingest';
  service text := current_database() || '_service';
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE (through) ON producer TO %I', ingest);
  EXECUTE format('GRANT SELECT, INSERT, DELETE ON arrival TO %I', ingest);
  EXECUTE format('GRANT SELECT ON producer, arrival TO %I', service);
  EXECUTE format('GRANT SELECT, UPDATE (replayed_at) ON dead_letter TO %I', ingest);
END $$;
