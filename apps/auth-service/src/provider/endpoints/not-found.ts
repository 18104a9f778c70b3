/** The same bytes for every path that does not exist, whichever part of the service is asked. */
export const NOT_FOUND = { message: 'Not Found', statusCode: 404 };
