import { cut } from '../contract/quoted.js';
import type { Problem } from './problem.js';

/** A request target as the routes read it: always a path with its query. */
export interface Target {
  /** The path with its query, as it was written. */
  readonly path: string;
  /** Whom an absolute target names; it counts instead of Host (RFC 9112, 3.2.2). */
  readonly authority?: string;
  /** Whether a segment is an order number that a URL parser would take for a step through the path. */
  readonly isOrderOfDots?: boolean;
}

const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/i;

/** A dot segment, plain or percent-encoded: a URL parser would drop it, and with `..` the segment before it. */
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?=[/?#]|$)/i;

/** The one place where such a segment is a name: an order number, its dots percent-encoded. */
const ORDER_OF_DOTS = /^((?:\/[^/?#]+)*\/_sandbox\/orders)\/(?:%2e){1,2}(\/capture)?(?=[?#]|$)/i;

/**
 * Reads a target. No path is ever resolved: a rule in front of the server that allows `/api/v2/` must hold,
 * and a workspace in the path must be the one that was written.
 */
export function readTarget(raw: string): Target | Problem {
  if (raw.startsWith('/')) return pathTarget(raw);
  const [, authority = '', rest = ''] = ABSOLUTE.exec(raw) ?? [];
  if (authority === '') {
    return {
      status: 400,
      title: 'Bad request target',
      detail: `the request target ${shown(raw)} is not accepted; accepted: a path such as /api/v2/payment/cancel`,
    };
  }
  const target = pathTarget(rest.startsWith('/') ? rest : `/${rest}`);
  return 'status' in target ? target : { ...target, authority };
}

function pathTarget(path: string): Target | Problem {
  const query = path.indexOf('?');
  const found = DOT_SEGMENT.exec(query < 0 ? path : path.slice(0, query));
  if (!found) return { path };
  const order = ORDER_OF_DOTS.exec(path);
  if (order && !DOT_SEGMENT.test(order[1] ?? '')) return { path, isOrderOfDots: true };
  return {
    status: 400,
    title: 'Dot segment in the path',
    detail:
      `the path ${shown(path)} holds the dot segment ${JSON.stringify(found[0].slice(1))}, and the sandbox resolves none: ` +
      'write the path that is meant. An order of this number is at /_sandbox/orders/%2E or /_sandbox/orders/%2E%2E',
  };
}

const shown = (target: string): string => JSON.stringify(cut(target, 200));
