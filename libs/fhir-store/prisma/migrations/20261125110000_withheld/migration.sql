-- What bears a label is rare. Whoever is asked for a Provenance looks up which of a member's are withheld, so that none
-- of those is told of by what is recorded about it.
CREATE INDEX resource_labelled ON resource (tenant, member) INCLUDE (type, id, sensitivity) WHERE sensitivity <> '{}';
