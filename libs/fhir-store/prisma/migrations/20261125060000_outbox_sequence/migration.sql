-- Each event gets its place in its producer's sequence when it is claimed for delivery, in the claiming statement: what
-- has no number was never sent, and a number that never arrives is a loss that can be named (security rules D12, D13).
ALTER TABLE outbox
  ADD COLUMN sequence bigint,
  ADD COLUMN claimed_at timestamptz,
  ADD COLUMN sends integer NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX outbox_sequence ON outbox (sequence) WHERE sequence IS NOT NULL;
CREATE INDEX outbox_unclaimed ON outbox (created_at) WHERE sequence IS NULL;
DROP INDEX outbox_created;

-- One row: this database as a producer. Its id is new with the database, and after a restore from a backup is made new
-- (docs/administration.md): a number that was used before names another event then.
CREATE TABLE outbox_producer (
  id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  last_sequence bigint NOT NULL DEFAULT 0,
  single        boolean NOT NULL DEFAULT true UNIQUE CHECK (single)
);
INSERT INTO outbox_producer DEFAULT VALUES;
DO $$
BEGIN
  EXECUTE format('GRANT SELECT, UPDATE (last_sequence) ON outbox_producer TO %I', current_database() || '_service');
END $$;
