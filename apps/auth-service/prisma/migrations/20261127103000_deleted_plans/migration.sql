-- A plan that has left (docs/adr/0103-delete-a-plan-and-keep-its-trail.md). Its row stays, so that its id is never another plan's.
ALTER TABLE tenant ADD COLUMN deleted_at timestamptz;

DO $$
DECLARE
  name text;
BEGIN
  -- What nobody deletes while a plan lives goes with the plan.
  FOR name IN
    SELECT c.table_name FROM information_schema.columns c
      JOIN information_schema.tables t USING (table_schema, table_name)
     WHERE c.table_schema = current_schema() AND c.column_name = 'tenant' AND t.table_type = 'BASE TABLE'
       AND c.table_name NOT IN ('consent', 'client', 'receipt_key')
  LOOP
    EXECUTE format('GRANT SELECT, DELETE ON %I TO %I', name, current_database() || '_service');
  END LOOP;
END $$;
