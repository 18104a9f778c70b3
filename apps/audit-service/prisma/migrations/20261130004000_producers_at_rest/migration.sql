-- Each start of a process makes a producer, and none is ever deleted. One that rests has sent nothing for a day, and nothing of it
-- is missing: questions about gaps pass over it from this time on. What comes of it wakes it.
ALTER TABLE public.producer ADD COLUMN rests_from timestamptz;
CREATE FUNCTION public.wake_producer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE public.producer SET rests_from = NULL WHERE name = NEW.producer AND rests_from IS NOT NULL;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION public.wake_producer() FROM PUBLIC;
CREATE TRIGGER wake_producer AFTER INSERT ON trail.batch FOR EACH ROW EXECUTE FUNCTION public.wake_producer();
CREATE TRIGGER wake_producer AFTER INSERT ON public.arrival FOR EACH ROW EXECUTE FUNCTION public.wake_producer();
DO $$
BEGIN
  EXECUTE format('GRANT UPDATE (rests_from) ON public.producer TO %I', current_database() || '_ingest');
END $$;
