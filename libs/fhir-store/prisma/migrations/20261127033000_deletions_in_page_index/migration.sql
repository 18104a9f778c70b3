-- A version that says "deleted" is no version of a page. With this column in the index, a page need not read the rows of
-- versions that were replaced long ago.
DROP INDEX resource_history_replaced;
CREATE INDEX resource_history_replaced ON resource_history (tenant, member, type, replaced) INCLUDE (last_updated, id, audience, deleted);
