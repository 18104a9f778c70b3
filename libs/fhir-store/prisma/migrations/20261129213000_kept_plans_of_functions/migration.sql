-- Up to version 17, Postgres plans a function in the language sql anew in each statement that calls it and cannot take its
-- text in: some 80 microseconds. It keeps what a function in PL/pgSQL needs for as long as the connection lives.

-- May a caller, to whom these labels were released, see a row of this audience? What cannot be decided is not admitted.
CREATE OR REPLACE FUNCTION admits(audience text[], released text[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  term text;
BEGIN
  FOREACH term IN ARRAY coalesce(audience, '{}') LOOP
    IF ((substr(term, 2) = ANY (released)) = (left(term, 1) = '+')) IS NOT TRUE THEN
      RETURN false;
    END IF;
  END LOOP;
  RETURN true;
END $$;

-- The last change of what a member has (20261128213000_last_change_of).
CREATE OR REPLACE FUNCTION last_change_of(of_tenant text, of_member text) RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  RETURN greatest(
    (SELECT c.at FROM member_change c WHERE c.tenant = of_tenant AND c.member = of_member),
    (SELECT c.at FROM last_change c WHERE c.tenant = of_tenant)
  );
END $$;
