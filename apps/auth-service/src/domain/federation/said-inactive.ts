/**
 * SQL: has the plan's identity provider said over SCIM that a person is not active? It knows her by her subject, or by her number,
 * in whatever case it wrote that where the plan says so. Each question has its own index; as one, Postgres may read all of the
 * plan's people.
 *
 * @param of expressions: `persons` by what she may be known, one of them her `number`
 */
export const saidInactive = (of: {
  tenant: string;
  persons: readonly string[];
  number: string;
  ignoreCase: string;
}): string => `(
  EXISTS (SELECT FROM scim_user s
           WHERE s.tenant = ${of.tenant} AND NOT s.active AND s.person IN (${of.persons.join(', ')}))
  OR ${of.ignoreCase}::boolean AND EXISTS (SELECT FROM scim_user s
           WHERE s.tenant = ${of.tenant} AND NOT s.active AND lower(s.person) = lower(${of.number})))`;
