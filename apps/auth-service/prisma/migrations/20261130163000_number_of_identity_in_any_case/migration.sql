-- Where upper and lower case of a number are the same, whoever ends a person by her number may write it otherwise than the plan.
CREATE INDEX CONCURRENTLY federated_identity_lower_number ON federated_identity (tenant, lower(number));
