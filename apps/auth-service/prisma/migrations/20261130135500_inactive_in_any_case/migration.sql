-- Where upper and lower case of a number are the same, the provider may have said over SCIM that somebody is not active before
-- the plan loaded the number as it writes it. So logins compare without regard to case.
CREATE INDEX CONCURRENTLY scim_user_inactive_lower ON scim_user (tenant, lower(person)) WHERE NOT active;
