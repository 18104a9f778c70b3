/** Checks `docker/Dockerfile`. */
import { CONTAINER_PORT, NODE_FLAGS } from '@patient-access/topology';
import { validate } from 'dockerfile-utils';

/** @returns the findings of the Dockerfile linter, and the differences from the topology, one line each */
export function dockerfileProblems(text: string): string[] {
  const options = /NODE_OPTIONS="([^"]*)"/.exec(text)?.[1]?.split(' ') ?? [];
  const missing = NODE_FLAGS.filter((flag) => !options.includes(flag));
  const ports = [/^EXPOSE (\d+)$/m, /\bPORT=(\d+)/].map((pattern) => Number(pattern.exec(text)?.[1]));
  return [
    ...validate(text).map(({ message, range }) => `Dockerfile:${range.start.line + 1}: ${message}`),
    ...missing.map((flag) => `Dockerfile: NODE_OPTIONS is without ${flag}, which the topology has`),
    ...(ports.every((port) => port === CONTAINER_PORT)
      ? []
      : [`Dockerfile: listens on ${ports.join(', ')}, and the topology says ${CONTAINER_PORT}`]),
  ];
}
