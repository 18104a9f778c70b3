-- On a connection that has served a request, a setting that ended with its transaction is empty rather than missing,
-- and `current_setting` gives '' instead of an error. A domain makes an error of that too.
CREATE DOMAIN context AS text CHECK (VALUE <> '');

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['resource', 'resource_history', 'search_value'] LOOP
    EXECUTE format(
      'ALTER POLICY member ON %I USING (tenant = current_setting(''app.tenant'')::context
         AND (member = current_setting(''app.member'')::context OR member = ''''))', name);
    EXECUTE format(
      'ALTER POLICY tenant ON %I USING (tenant = current_setting(''app.tenant'')::context)
         WITH CHECK (tenant = current_setting(''app.tenant'')::context)', name);
  END LOOP;
END $$;
