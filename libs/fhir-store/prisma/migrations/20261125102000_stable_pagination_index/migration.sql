-- With these columns, the index alone answers what has changed since the first page of a search, so the planner
-- chooses it. Without them it chose to read all earlier versions of the member, because it estimates that a member
-- has almost no rows.
DROP INDEX resource_history_replaced;
CREATE INDEX resource_history_replaced ON resource_history (tenant, member, type, replaced) INCLUDE (last_updated, id, sensitivity);
