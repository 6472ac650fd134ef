import { CANCEL } from './client.js';

type Shape = readonly [name: string, bytes: string];

const HEALTH = '/_sandbox/health';

const hidden = (orderNo: string): string => {
  const body = JSON.stringify({ orderNo });
  return `POST /_sandbox/orders HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
};

/**
 * Requests with one that hides in them, which makes an order of this number: a server that frames them otherwise than
 * a proxy before it would decide it. None of them may be.
 */
export function smugglingShapes(orderNo: string): readonly Shape[] {
  const inner = hidden(orderNo);
  const size = inner.length;
  const post = (headers: string, body: string) =>
    `POST ${CANCEL} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`;
  const chunked = `0\r\n\r\n${inner}`;
  return [
    ['length and chunks', post('Content-Length: 5\r\nTransfer-Encoding: chunked', chunked)],
    ['chunks and length', post(`Transfer-Encoding: chunked\r\nContent-Length: ${size + 5}`, chunked)],
    ['two lengths', post(`Content-Length: 0\r\nContent-Length: ${size}`, inner)],
    ['two lengths, the larger first', post(`Content-Length: ${size}\r\nContent-Length: 0`, inner)],
    ['a list of lengths', post(`Content-Length: 0, ${size}`, inner)],
    ['a signed length', post(`Content-Length: +${size}`, inner)],
    ['a negative length', post('Content-Length: -1', inner)],
    ['a hexadecimal length', post('Content-Length: 0x0', inner)],
    ['a length with a fraction', post('Content-Length: 0.0', inner)],
    ['a length beyond all numbers', post('Content-Length: 18446744073709551616', inner)],
    ['an empty length', post('Content-Length: ', inner)],
    ['a length in words', post('Content-Length: zero', inner)],
    ['a space before the colon of the length', post('Content-Length : 0', inner)],
    ['a tab before the colon of the encoding', post('Transfer-Encoding\t: chunked', chunked)],
    ['a space before the colon of the encoding', post('Transfer-Encoding : chunked', chunked)],
    ['a space before the length', post(' Content-Length: 0', inner)],
    ['an encoding on a folded line', post('Transfer-Encoding:\r\n chunked', chunked)],
    ['a length on a folded line', post(`Content-Length: 0\r\n ${size}`, inner)],
    ['an unknown encoding', post(`Transfer-Encoding: xchunked\r\nContent-Length: ${size}`, inner)],
    ['identity', post(`Transfer-Encoding: identity\r\nContent-Length: ${size}`, inner)],
    ['chunked before identity', post('Transfer-Encoding: chunked, identity', chunked)],
    ['chunked twice', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: x', chunked)],
    ['a control character before chunked', post('Transfer-Encoding: \x0bchunked', chunked)],
    ['a NUL in a header', post('X-A: b\x00c\r\nContent-Length: 0', inner)],
    ['a bare line feed that hides the length', post(`X-A: b\nContent-Length: ${size}`, inner)],
    ['a bare carriage return that hides the length', post(`X-A: b\rContent-Length: ${size}`, inner)],
    ['a header without a colon', post(`Content-Length ${size}`, inner)],
    ['a chunk size beyond all numbers', post('Transfer-Encoding: chunked', `10000000000000000\r\n${inner}`)],
    ['a signed chunk size', post('Transfer-Encoding: chunked', `-1\r\n${inner}`)],
    ['a chunk size with 0x', post('Transfer-Encoding: chunked', `0x0\r\n\r\n${inner}`)],
    ['a chunk that is too long', post('Transfer-Encoding: chunked', `1\r\n{}\r\n${chunked}`)],
    ['a chunk without its line break', post('Transfer-Encoding: chunked', `2\r\n{}${chunked}`)],
    ['a line feed in a chunk extension', post('Transfer-Encoding: chunked', `0;a\n\r\n${inner}`)],
    ['a request in a trailer', post('Transfer-Encoding: chunked', `0\r\n${inner}`)],
    ['chunks over HTTP/1.0', `${post('Transfer-Encoding: chunked', chunked).replace('1.1', '1.0')}`],
    [
      'an upgrade to h2c',
      post('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c', `PRI * HTTP/2.0\r\n\r\n${inner}`),
    ],
    ['a tunnel', `CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n${inner}`],
    ['HTTP/0.9', `GET /\r\n${inner}`],
    ['HTTP/2', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${inner}`],
    ['an unknown version', `GET ${HEALTH} HTTP/9.9\r\nHost: a\r\n\r\n${inner}`],
    ['a space in the target', `GET ${HEALTH} x HTTP/1.1\r\nHost: a\r\n\r\n${inner}`],
    ['a line break in the target', `GET ${HEALTH}\rx HTTP/1.1\r\nHost: a\r\n\r\n${inner}`],
    ['two Hosts', `GET ${HEALTH} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n${inner}`],
    ['a Host of two lines', `GET ${HEALTH} HTTP/1.1\r\nHost: a\r\n b\r\n\r\n${inner}`],
    ['a body that was announced and withheld', post(`Expect: x\r\nContent-Length: ${size}`, inner)],
  ];
}

const call = (method: string, target: string, host = 'a', body = ''): string =>
  `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

const order = JSON.stringify({ orderNo: 'URI' });

/** Requests with an absolute target, and the status that each is answered with. */
export const absoluteTargets: readonly (readonly [bytes: string, status: number])[] = [
  [call('GET', `http://127.0.0.1${HEALTH}`), 200],
  [call('GET', `HTTP://127.0.0.1:1${HEALTH}`), 200],
  [call('GET', `https://[::1]${HEALTH}`), 200],
  [call('POST', 'http://127.0.0.1/_sandbox/orders', 'evil.example', order), 201],
  [call('POST', 'http://evil.example/_sandbox/orders', '127.0.0.1', order), 403],
  [call('POST', 'http://127.0.0.1@evil.example/_sandbox/orders', '127.0.0.1', order), 403],
  [call('POST', 'http://evil.example:80/w/one/_sandbox/reset', 'localhost'), 403],
  [call('GET', 'http://evil.example/_sandbox/requests', 'localhost'), 403],
  [call('GET', 'http:///_sandbox/health'), 400],
  [call('GET', 'http://?x'), 400],
  [call('GET', 'ftp://127.0.0.1/'), 400],
  [call('GET', '127.0.0.1:80'), 400],
  [call('GET', `//evil.example${HEALTH}`), 404],
  [call('GET', `http://127.0.0.1/w/../..${HEALTH}`), 400],
  [call('GET', `http://127.0.0.1/w/%2e%2e${HEALTH}`), 400],
  [call('GET', `http://127.0.0.1\\${HEALTH}`), 400],
  [call('GET', `http://127.0.0.1#${HEALTH}`), 400],
];
