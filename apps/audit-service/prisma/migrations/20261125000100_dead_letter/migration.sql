-- Messages that are no access event: kept whole, for a person.
CREATE TABLE dead_letter (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  received_at timestamptz NOT NULL DEFAULT now(),
  reason      text NOT NULL,
  body        text NOT NULL
);
DO $$
BEGIN
  EXECUTE format('GRANT SELECT ON dead_letter TO %I', current_database() || '_service');
  EXECUTE format('GRANT INSERT ON dead_letter TO %I', current_database() || '_ingest');
END $$;
