-- Eligibility systems write 9999-12-31 for no end. Taken for a day, it ended a relation in a year of five digits, which JavaScript
-- does not read as ISO 8601, so nobody with such a relation could log in. What would end a relation in the year 9999 or later
-- does not end it.
CREATE OR REPLACE FUNCTION end_of_relation(
  of_tenant text, relationship text, birth_date date, until date, guardianship boolean, coverage_end date, died date,
  bearer_died date, OUT ends_at timestamptz, OUT ends_by text
) LANGUAGE sql STABLE AS $$
  SELECT way.day::timestamp AT TIME ZONE plan.zone, way.name
    FROM (SELECT coalesce(settings ->> 'timeZone', 'America/New_York') AS zone,
                 coalesce((settings #>> '{comingOfAge,age}')::int, 18) AS age,
                 coalesce(settings #> '{comingOfAge,relationships}',
                          '["child", "stepchild", "foster-child", "grandchild", "ward"]') ? relationship AS minor,
                 make_interval(years => coalesce((settings #>> '{leaving,years}')::int, 5)) AS years,
                 make_interval(years => coalesce((settings #>> '{leaving,afterDeath,years}')::int, 2)) AS years_after_death,
                 coalesce(settings #> '{leaving,afterDeath,relationships}',
                          '["executor", "personal-representative"]') ? relationship AS for_the_dead
            FROM tenant WHERE id = of_tenant) plan,
         LATERAL (VALUES
           (1, 'death', least(bearer_died,
                              CASE WHEN for_the_dead THEN (died + years_after_death)::date + 1 ELSE died END)),
           (2, 'of-age', CASE WHEN minor AND NOT guardianship THEN birthday(birth_date, age) END),
           (3, 'relation', until + 1),
           (4, 'coverage', CASE WHEN died IS NULL OR NOT for_the_dead THEN (coverage_end + years)::date + 1 END)
         ) AS way (rank, name, day)
   WHERE way.day < DATE '9999-01-01' ORDER BY way.day, way.rank LIMIT 1
$$;

-- The trigger computes their ends anew.
UPDATE account_member SET position = position WHERE ends_at >= '9999-01-01';
