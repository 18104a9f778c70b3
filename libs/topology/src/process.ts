/** How a service is run as a process of its own, in a container or in the preview. */

/** Where every service listens in its container. */
export const CONTAINER_PORT = 8080;
export const POSTGRES_PORT = 5432;
export const KAFKA_PORT = 9092;

/**
 * How Node runs a service, in the preview as in docker/Dockerfile. Answers are buffers outside the heap. They are freed when
 * the young generation is collected. Where that is large, it is collected so rarely that V8 collects the whole heap for them
 * instead (docs/performance.md).
 */
export const NODE_FLAGS = ['--disable-warning=TimeoutNegativeWarning', '--max-semi-space-size=8'];
