-- The last change of what a member has: the first page of a search says up to which change it shows
-- (docs/adr/0041-stable-pagination-from-the-instant-of-the-first-page.md). A statement calls it for the row behind a full
-- page alone (docs/adr/0138-read-the-last-change-only-for-a-next-page.md). It is STABLE, so that it reads what the calling
-- statement reads. Row-level security holds for it as for its caller.
-- The release before writes the instant of a tenant, in last_change, so both count until the next release.
CREATE FUNCTION last_change_of(of_tenant text, of_member text) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN greatest(
  (SELECT c.at FROM member_change c WHERE c.tenant = of_tenant AND c.member = of_member),
  (SELECT c.at FROM last_change c WHERE c.tenant = of_tenant)
);
