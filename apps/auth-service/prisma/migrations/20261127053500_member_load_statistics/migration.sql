-- A plan that is loaded beside a large one is not in the statistics of the table. Postgres then takes it for an empty plan,
-- and reads all of it for each group of lines. So the load asks for new statistics while the plan grows. Only the owner of a
-- table may do that: Postgres 15 and 16 have no such privilege, and MAINTAIN of Postgres 17 locks tables as well.
CREATE FUNCTION analyze_plan_member() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  ANALYZE public.plan_member;
END $$;

DO $$
BEGIN
  REVOKE EXECUTE ON FUNCTION analyze_plan_member() FROM PUBLIC;
  EXECUTE format('GRANT EXECUTE ON FUNCTION analyze_plan_member() TO %I', current_database() || '_service');
END $$;
