-- One record that was two persons' is split (ADR 93). As in a merge, records go from one person to another one, and nobody sees
-- either until they have moved. Unlike after a merge, both persons are there afterwards.
ALTER TABLE person_change RENAME COLUMN replaced TO from_person;
ALTER TABLE person_change RENAME COLUMN survivor TO to_person;
ALTER TABLE person_change ADD COLUMN kind text NOT NULL DEFAULT 'merge' CHECK (kind IN ('merge', 'split'));
-- logins and numbers of a split record whose person she stays
ALTER TABLE person_change ADD COLUMN stays text[] NOT NULL DEFAULT '{}';
ALTER INDEX person_change_survivor RENAME TO person_change_to;
DROP INDEX person_change_replaced;
CREATE UNIQUE INDEX person_change_replaced ON person_change (tenant, from_person) WHERE state <> 'undone' AND kind = 'merge';
CREATE INDEX person_change_from ON person_change (tenant, from_person) WHERE state <> 'undone';

CREATE OR REPLACE FUNCTION is_person_closed(in_tenant text, in_patient text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM person_change
                  WHERE tenant = in_tenant AND from_person = in_patient AND state <> 'undone'
                    AND (kind = 'merge' OR state IN ('moving', 'undoing')))
      OR EXISTS (SELECT FROM person_change
                  WHERE tenant = in_tenant AND to_person = in_patient AND state IN ('moving', 'undoing'))
$$;
