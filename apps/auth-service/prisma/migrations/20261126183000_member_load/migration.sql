-- The numbers that a running `member load` has seen, so that a number that stands in two lines of one file is found in
-- constant memory. They are deleted when the load ends; after a crash of the database the table is empty, which is right.
CREATE UNLOGGED TABLE member_load_number (
  load uuid NOT NULL,
  number text NOT NULL,
  tenant text NOT NULL,
  loaded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (load, number)
);

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, DELETE ON member_load_number TO %I', current_database() || '_service');
END $$;
