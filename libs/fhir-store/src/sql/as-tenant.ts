/** Opens a tenant's rows to a transaction of a role that may see all of them. $1: the tenant. */
export const AS_TENANT = "SELECT set_config('app.tenant', $1, true), set_config('app.member', '', true)";
