import { EngineError } from '../lib/errors.ts';
import { formatHost } from './host.ts';
import { ResponseError, type Transport } from './transport.ts';

/** Docker's engines, and ours before these calls, know no such path. */
export function oursOnly(transport: Transport): Pick<Transport, 'json' | 'stream'> {
  const explain = (error: unknown): never => {
    if (!(error instanceof ResponseError) || !/page not found/.test(error.message)) throw error;
    const { host } = transport;
    throw new EngineError(
      'not-implemented',
      `the engine at ${formatHost(host)} does not know this: it is not lading, or an older one`,
      { cause: error },
    );
  };
  return {
    json: (method, path, options) => transport.json<never>(method, path, options).catch(explain),
    stream: (method, path, options) => transport.stream(method, path, options).catch(explain),
  };
}
