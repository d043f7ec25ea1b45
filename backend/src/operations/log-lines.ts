// The form of the server's log: one JSON object a line on stdout, readable lines on a terminal.
import type { DestinationStream, LoggerOptions } from 'pino';
import { requestContext } from '../observing/request-context.ts';

/** The contexts of Nest's own lines at startup, one for each module and route, which are logged from level `debug` on. */
const startupContexts = ['InstanceLoader', 'NestApplication', 'NestFactory', 'RouterExplorer', 'RoutesResolver'];

/** The options of pino. */
export const logOptions: LoggerOptions = {
  formatters: { level: (level) => ({ level }) },
  timestamp: () => `,"time":"${new Date().toISOString()}"`,
  mixin: () => {
    const { requestId, traceparent } = requestContext.getStore() ?? {};
    return { ...(requestId !== undefined && { requestId }), ...(traceparent && { traceId: traceparent.slice(3, 35) }) };
  },
  hooks: {
    logMethod(args, method, level) {
      const [{ context }] = args as [{ context?: unknown }];
      const isStartup = level === this.levels.values.info && startupContexts.includes(String(context));
      if (isStartup && !this.isLevelEnabled('debug')) return;
      method.apply(this, args.map(withoutControls) as typeof args);
    },
  },
};

/** Writes through `process.stdout`, whose errors `surviveLostOutput` handles. */
export async function logDestination(): Promise<DestinationStream> {
  if (!process.stdout.isTTY) return { write: (line) => void process.stdout.write(line) };
  const { default: pretty } = await import('pino-pretty');
  return pretty({
    destination: process.stdout,
    colorize: true,
    ignore: 'pid,hostname',
    translateTime: 'SYS:HH:MM:ss.l',
  });
}

/** Control characters other than tabs and line breaks, and those that reverse the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes are meant
const controls = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Replaces characters that could forge lines or act on a terminal. */
function withoutControls(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(controls, '\uFFFD');
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    return withoutControls({ name, message, stack, ...(cause !== undefined && { cause }) });
  }
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withoutControls(field)]));
}
