import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { cut } from '../contract/quoted.js';
import type { App } from './app.js';
import { closeGently, connectionOf, malformedRequest, refuse, refuseMalformed } from './connections.js';
import { problem } from './control/respond.js';
import type { Problem } from './problem.js';
import { MAX_BODY_BYTES, MAX_DROPPED_BYTES, withheld } from './read-body.js';
import { readTarget } from './target.js';

/** The name in every URL of the app: nothing below this layer goes by the one that the client wrote. */
const AUTHORITY = 'sandbox';

const RETRY_AFTER_S = 1;

/** By this header node-server knows that a response is sent elsewhere. */
const [SENT_ELSEWHERE = ''] = RESPONSE_ALREADY_SENT.headers.keys();

/** Answers the requests of a server with an app, and by itself what is no request for an app. */
export function answerRequests(server: Server, app: App, maxConnections: number): void {
  // Set while node-server builds the request, which it does before it calls the app.
  let host: string | undefined;
  let isOrderOfDots = false;

  const forward = getRequestListener(
    (request, env) => {
      const { incoming, outgoing } = env as { incoming: IncomingMessage; outgoing: ServerResponse };
      giveBackHost(incoming);
      // A URL parser resolves what is an order number here; the routes get the target as it was written.
      if (isOrderOfDots) {
        Object.defineProperty(request, 'url', { value: `http://${AUTHORITY}${incoming.url}` });
      }
      const response = app.fetch(request, env);
      if (!(response instanceof Promise)) return answered(incoming, outgoing, response);
      return response.then((response) => answered(incoming, outgoing, response));
    },
    {
      // What is left of a body is dropped here, within a limit.
      autoCleanupIncoming: false,
      errorHandler: (error) =>
        problem(malformedRequest(error instanceof Error ? error : new Error(String(error)))),
    },
  );

  /** What Hono and node-server do where a call fails. */
  async function answerFailure(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    error: Error,
  ): Promise<void> {
    const response = answered(incoming, outgoing, app.failed(error));
    if (response === RESPONSE_ALREADY_SENT) return;
    outgoing.statusCode = response.status;
    outgoing.setHeaders(response.headers).end(await response.text());
  }

  function giveBackHost({ headers }: IncomingMessage): void {
    if (host === undefined) delete headers.host;
    else headers.host = host;
  }

  const answer = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const connection = connectionOf(incoming.socket);
    connection?.start(outgoing, () => {
      const refusal = connection.isCrowded ? tooManyConnections(maxConnections) : hostRefusal(incoming);
      if (refusal) refuse(outgoing, refusal);
      else route(incoming, outgoing);
    });
  };

  const route = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    // A load balancer that is told no path asks for `OPTIONS /`: HAProxy's `option httpchk`.
    if (incoming.method === 'OPTIONS' && (incoming.url === '*' || incoming.url === '/')) {
      outgoing.writeHead(204, { Allow: 'GET, HEAD, POST, PUT, DELETE, OPTIONS' }).end();
      return;
    }
    const target = readTarget(incoming.url ?? '');
    if ('status' in target) {
      refuse(outgoing, target);
      return;
    }
    if (target.authority !== undefined) {
      incoming.url = target.path;
      incoming.headers.host = target.authority;
    }
    const call = incoming.method === 'POST' ? app.plainCall(incoming, outgoing) : undefined;
    if (call) {
      call.then(
        (response) => void answered(incoming, outgoing, response),
        (error) => answerFailure(incoming, outgoing, error).catch(() => outgoing.destroy()),
      );
      return;
    }
    isOrderOfDots = target.isOrderOfDots ?? false;
    host = incoming.headers.host;
    incoming.headers.host = AUTHORITY;
    void forward(incoming, outgoing);
    giveBackHost(incoming);
  };

  server.on('request', answer);
  server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (Number(incoming.headers['content-length']) > MAX_BODY_BYTES) withheld.add(incoming);
    else outgoing.writeContinue();
    answer(incoming, outgoing);
  });
  server.on('checkExpectation', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    connectionOf(incoming.socket)?.begin(outgoing);
    refuse(outgoing, expectationOf(incoming));
  });
  server.on('connect', ({ url }: IncomingMessage, socket: IncomingMessage['socket']) => {
    // Node has let go of the socket, and of its errors.
    socket.on('error', () => socket.destroy());
    connectionOf(socket)?.refuseRest(noTunnel(url ?? ''));
    socket.resume();
  });
  server.on('clientError', (error, socket) => refuseMalformed(error, socket as IncomingMessage['socket']));
}

/** The app has answered: its request holds no bytes any more, and the rest of its body is dropped. */
function answered(incoming: IncomingMessage, outgoing: ServerResponse, response: Response): Response {
  connectionOf(incoming.socket)?.bodies.release(incoming);
  // The connection was refused meanwhile, and with it this request.
  if (outgoing.headersSent) return RESPONSE_ALREADY_SENT;
  // To HEAD, Hono gives a copy of the response to GET: of one that is sent elsewhere, too.
  if (incoming.method === 'HEAD' && response.headers.has(SENT_ELSEWHERE)) return RESPONSE_ALREADY_SENT;
  if (!incoming.complete) dropRest(incoming, outgoing);
  return response;
}

/** So much of a body that nobody reads is dropped as lets the client read its answer; then the connection goes. */
function dropRest(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { socket } = incoming;
  if (withheld.has(incoming)) {
    outgoing.shouldKeepAlive = false;
    return;
  }
  let dropped = 0;
  incoming.on('error', () => {});
  incoming.on('data', (chunk: Uint8Array) => {
    dropped += chunk.length;
    if (dropped <= MAX_DROPPED_BYTES) return;
    incoming.pause();
    if (outgoing.writableFinished) closeGently(socket);
    else outgoing.once('finish', () => closeGently(socket));
  });
  incoming.resume();
}

/** No host and port has one of these in it. */
const NO_AUTHORITY = /[\s"#/<>?@\\^`{|}]/;

/** HTTP/1.1 asks for one Host, HTTP/1.0 for none; of two, Node keeps the first and drops the other. */
function hostRefusal({ rawHeaders, httpVersion }: IncomingMessage): Problem | undefined {
  let count = 0;
  let host = '';
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length !== 4 || name.toLowerCase() !== 'host') continue;
    count += 1;
    host = rawHeaders[at + 1] as string;
  }
  if (count > 1) return twoHosts;
  if (NO_AUTHORITY.test(host)) return badHost(host);
  return count === 0 && httpVersion === '1.1' ? noHost : undefined;
}

const noHost: Problem = {
  status: 400,
  title: 'No Host',
  detail: 'an HTTP/1.1 request has a Host header, and this one has none: send one, it may be empty',
};

const twoHosts: Problem = {
  status: 400,
  title: 'Two Hosts',
  detail: 'the request has more than one Host header: send one',
};

const badHost = (host: string): Problem => ({
  status: 400,
  title: 'Bad Host',
  detail: `Host: ${JSON.stringify(cut(host, 200))} is no host: send a name or an address, with a port where it has one`,
});

const tooManyConnections = (limit: number): Problem => ({
  status: 503,
  title: 'Too many connections',
  detail:
    `the sandbox holds ${limit} connections, which is its limit: close some, send more requests on each, ` +
    'or start the sandbox with a larger --max-connections (SANDBOX_MAX_CONNECTIONS)',
  limit: { name: 'max-connections', value: limit },
  retryAfter: RETRY_AFTER_S,
});

const expectationOf = ({ headers }: IncomingMessage): Problem => ({
  status: 417,
  title: 'Expectation failed',
  detail: `Expect: ${JSON.stringify(headers.expect)} is not accepted; accepted: 100-continue`,
  accepted: ['100-continue'],
});

const noTunnel = (target: string): Problem => ({
  status: 501,
  title: 'Not Implemented',
  detail: `CONNECT ${JSON.stringify(cut(target, 200))} is not played: the sandbox is no proxy, send the request to it directly`,
});
