/** Types of the part of autocannon that the bench uses, because the package has no types. */
declare module 'autocannon' {
  interface Result {
    requests: { total: number };
    throughput: { total: number };
    latency: { p50: number; p99: number };
    errors: number;
    duration: number;
  }
  export default function autocannon(options: {
    url: string;
    connections: number;
    duration: number;
    requests: { path: string; headers: Record<string, string>; onResponse(status: number): void }[];
  }): Promise<Result>;
}
