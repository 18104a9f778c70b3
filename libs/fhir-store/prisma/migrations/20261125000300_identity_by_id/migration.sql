-- With the id first this index serves those who look for an id, and is no candidate for a page: before the first
-- ANALYZE the planner took it for one, read the whole tenant and sorted.
DROP INDEX resource_identity;
CREATE UNIQUE INDEX resource_identity ON resource (id, type, tenant);
