// Real services and processes for tests. Only tests import this package.
export { launchBrowser } from './browser.ts';
export { bundle } from './bundle.ts';
export { cpuMsSince, growth, yardstickMs } from './cpu-time.ts';
export { type Postgres, startPostgres } from './databases/postgres.ts';
export { connectPostgres, type PostgresConnection } from './databases/postgres-connection.ts';
export {
  type Redis,
  type RedisCluster,
  type RedisReplica,
  startRedis,
  startRedisCluster,
  startReplica,
} from './databases/redis.ts';
export type { ConnectionPlan } from './fake-server/connection-plan.ts';
export { type ConversationServer, startConversationServer } from './fake-server/conversation-server.ts';
export type { ProgrammedStream } from './fake-server/programmed-stream.ts';
export { type StreamServer, startStreamServer } from './fake-server/stream-server.ts';
export { hostileMarkdown } from './hostile-markdown.ts';
export { type CollectedSpan, type Collector, startCollector } from './network/collector.ts';
export { type CutAfterBytes, type CuttingProxy, type Direction, startProxy } from './network/cutting-proxy.ts';
export {
  collect,
  openSse,
  readSse,
  SseError,
  type SseMessage,
  type SseRequest,
  type SseResponse,
} from './network/sse.ts';
export { type AppServer, installApp, type PackedApp, packPackages, type ServeOptions } from './packed-apps.ts';
export { type Cluster, type LinkedNode, startCluster, startLinkedCluster } from './processes/cluster.ts';
export { freePort } from './processes/free-port.ts';
export { type ServerOptions, type ServerProcess, startServer } from './processes/server-process.ts';
export { programPath } from './programs.ts';
export { type Provider, startProvider } from './provider/provider.ts';
export type { ProviderScript, ReceivedRequest } from './provider/provider-script.ts';
export { providerChunk, providerScripts, type ReplyShape } from './provider/provider-scripts.ts';
export { shortOrFull, someOrAll } from './short-or-full.ts';
export { removeFolder, tempFolder } from './temp-folder.ts';
export { signToken, type TokenOptions } from './tokens.ts';
export { until } from './until.ts';
