/** One request of the load, which is repeated. The requests of a list take turns. */
export interface Call {
  path: string;
  headers: Record<string, string>;
}

/** The result of a load generator. */
export interface LoadResult {
  requests: number;
  seconds: number;
  /** number of broken connections, time-outs, and responses with an unexpected status */
  errors: number;
  /** average size of one response, with headers */
  bytes: number;
  p50Ms: number;
  p99Ms: number;
}

export interface LoadOptions {
  /** scheme, host and port */
  url: string;
  calls: Call[];
  expect: number;
  seconds: number;
}
