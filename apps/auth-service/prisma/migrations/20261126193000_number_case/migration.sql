-- A plan may say that upper and lower case of a member number are the same.
CREATE INDEX plan_member_number_case ON plan_member (tenant, lower(number));
