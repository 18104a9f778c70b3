/** The body for every path that does not exist. It is the same in all parts of the service. */
export const NOT_FOUND = { message: 'Not Found', statusCode: 404 };
