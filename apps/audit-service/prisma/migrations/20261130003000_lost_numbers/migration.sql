-- Numbers that the operators recorded as lost (npm run audit -- lost). They are no gap any more, and have not arrived. The release
-- before takes them for arrived.
ALTER TABLE public.arrival ADD COLUMN lost boolean NOT NULL DEFAULT false;
DO $$
BEGIN
  EXECUTE format('GRANT UPDATE (lost) ON public.arrival TO %I', current_database() || '_ingest');
END $$;
