export { sendCompressed } from './compression.ts';
export { OutcomeFilter } from './outcome.filter.ts';
export { ConfigError, loadConfig, ServiceConfig } from './config.ts';
export { HealthController, READINESS, type Readiness } from './health.ts';
export { METRICS, Metrics, MetricsController } from './metrics.ts';
export { createLogger, type Logger } from './logging.ts';
export { AuthenticatedBy, denyByDefault, isPublic, Public } from './guard.ts';
export { RequestStrategy } from './request-strategy.ts';
export { createService, runService, type ServiceDefinition } from './service.ts';
