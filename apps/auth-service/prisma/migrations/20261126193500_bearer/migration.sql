-- Who the bearer of a number is, when she is none of the members: the same in each row of the number.
ALTER TABLE plan_member ADD COLUMN bearer text;

-- Who the person was at the last login: `Patient/…`, `delegate`, or `unknown` for a link from before this migration. What
-- an account may see says it no longer once the plan has given its number to somebody else.
ALTER TABLE federated_identity ADD COLUMN person text NOT NULL DEFAULT 'unknown';
