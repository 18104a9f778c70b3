/** Opens the rows of a tenant to a transaction (row-level security). $1: the tenant. */
export const OF_TENANT = "SELECT set_config('app.tenant', $1, true)";
