import type { HttpBindings } from '@hono/node-server';
import { plainInput } from '../request.js';
import type { Services } from '../services.js';
import { handleCall } from './handle.js';
import { operations } from './operations.js';

/** Handles a POST whose target is that of a call, without escapes and without a query; `undefined` for any other. */
export type PlainCalls = (
  incoming: HttpBindings['incoming'],
  outgoing: HttpBindings['outgoing'],
) => Promise<Response> | undefined;

/** The narrow way of calls past Hono, whose context costs a tenth of one. `bases`: paths as Hono's routes have them. */
export function plainCalls(services: Services, bases: readonly string[]): PlainCalls {
  const routes = bases.flatMap((base) =>
    operations.map((operation) => ({
      operation,
      isNamed: base.includes(':'),
      target: new RegExp(
        `^${base.replaceAll('.', '\\.').replaceAll(/:(\w+)/g, '(?<$1>[\\w.-]+)')}/${operation.path}$`,
      ),
    })),
  );
  return (incoming, outgoing) => {
    for (const { operation, isNamed, target } of routes) {
      const { url = '' } = incoming;
      if (!target.test(url)) continue;
      const input = plainInput(incoming, isNamed ? target.exec(url)?.groups : undefined);
      return handleCall(services, operation, { input, incoming, outgoing });
    }
    return undefined;
  };
}
