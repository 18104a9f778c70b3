-- What changed since the first page of a search is found in the index alone, which makes it the cheapest way: to the planner, who takes
-- every member to have next to nothing, all of a member's earlier versions looked as cheap.
DROP INDEX resource_history_replaced;
CREATE INDEX resource_history_replaced ON resource_history (tenant, member, type, replaced) INCLUDE (last_updated, id, sensitivity);
