/** One request that the load consists of, over and over; the members of a set take turns. */
export interface Call {
  path: string;
  headers: Record<string, string>;
}

/** What a load generator saw. */
export interface LoadResult {
  requests: number;
  seconds: number;
  /** broken connections, time-outs, and answers of another status than the one expected */
  errors: number;
  /** of one answer, on average, headers included */
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
