-- A withdrawal takes away the versions that a record had as another person's, and does not know whose it was. It begins with the
-- id, so that no page of a history is read by it.
CREATE INDEX CONCURRENTLY resource_history_identity ON resource_history (id, type, tenant);
