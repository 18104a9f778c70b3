-- Each page and file of the console asks how many letters wait that may be of its plan. Their batches are up to 900,000 bytes, and
-- while a plan is held there may be very many. What is no batch has no producer, and may be of any plan: it stands under ''.
CREATE INDEX CONCURRENTLY dead_letter_waiting ON public.dead_letter (
  (CASE WHEN producer IS NULL THEN '' ELSE left(split_part(split_part(body, E'\n', 1), ' ', 3), 64) END)
) WHERE replayed_at IS NULL;
