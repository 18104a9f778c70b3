-- Few resources have a label. A request for a Provenance looks up the member's withheld resources, so that no
-- Provenance about one of them reveals it.
CREATE INDEX resource_labelled ON resource (tenant, member) INCLUDE (type, id, sensitivity) WHERE sensitivity <> '{}';
