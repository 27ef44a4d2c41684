/**
 * The binding without a network: client and service in one process.
 *
 * @packageDocumentation
 */
import type { Dispatcher, Transport } from '../spec/v1/service.ts';

/** Settings of {@link inProcessTransport}. */
export interface InProcessOptions {
  /** Value of the `host` header; `in-process` when left out. */
  readonly host?: string;
  /** Address that sessions are bound to; `in-process` when left out. */
  readonly remoteAddress?: string;
}

/**
 * A transport that hands requests to a dispatcher of the same process. Nothing is skipped:
 * login, request signatures, access control and audit are those of the network binding.
 */
export function inProcessTransport(dispatcher: Dispatcher, options: InProcessOptions = {}): Transport {
  const { host = 'in-process', remoteAddress = 'in-process' } = options;
  return {
    name: 'in-process',
    host,
    async send(request) {
      const body = Uint8Array.from(request.body);
      const response = await dispatcher.handle({
        ...request,
        headers: { ...request.headers },
        body,
        remoteAddress,
      });
      return { ...response, body: Uint8Array.from(response.body) };
    },
    close: async () => {},
  };
}
