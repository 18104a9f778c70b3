/** How a service runs as a process of its own, in a container or in the preview. */

/** The port on which every service listens in its container. */
export const CONTAINER_PORT = 8080;
export const POSTGRES_PORT = 5432;
/** with TLS, as everywhere but in `npm start` */
export const KAFKA_TLS_PORT = 9093;

/**
 * The flags with which Node runs a service, in the preview and in docker/Dockerfile. Answers are buffers outside the
 * heap, which are freed when the young generation is collected. If that generation is large, it is collected so
 * rarely that V8 collects the whole heap for them instead (docs/performance.md).
 */
export const NODE_FLAGS = ['--max-semi-space-size=8'];
