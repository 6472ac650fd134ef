import type { Fault } from '../../steering/faults.js';
import type { Answer } from './call.js';

/** What stands between client and production answers for itself, in place of the answer behind it. */
type Page = Pick<Answer, 'status' | 'contentType' | 'body' | 'headers'>;

const html = (status: number, title: string, headline: string): Page => ({
  status,
  contentType: 'text/html',
  body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${headline}</h1></center>\r\n</body>\r\n</html>\r\n`,
});

/** The page of a proxy, titled as its headline. */
const proxyPage = (status: number, reason: string): Page =>
  html(status, `${status} ${reason}`, `${status} ${reason}`);

/** JSON of an API gateway: whoever reads `resultCode` without a look at the status finds none. */
const gatewayJson = (status: number, message: string): Page => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify({ message }),
});

const retryAfter = { 'Retry-After': '1' };

const pages: Partial<Record<Fault, Page>> = {
  'bad-gateway': proxyPage(502, 'Bad Gateway'),
  unavailable: { ...proxyPage(503, 'Service Temporarily Unavailable'), headers: retryAfter },
  'gateway-timeout': proxyPage(504, 'Gateway Time-out'),
  'bad-gateway-json': gatewayJson(502, 'An invalid response was received from the upstream server'),
  'rate-limited': { ...gatewayJson(429, 'API rate limit exceeded'), headers: retryAfter },
  forbidden: gatewayJson(403, 'Forbidden'),
  maintenance: html(200, 'Scheduled maintenance', 'We are down for maintenance and will be back soon'),
  empty: { status: 200, contentType: 'application/json', body: '' },
};

/** The answer as a fault spoils it, where the connection itself stays whole. */
export function spoiled(answer: Answer, fault: Fault | undefined): Answer {
  if (fault === 'malformed') {
    return { ...answer, status: 200, body: answer.body.slice(0, Math.floor(answer.body.length / 2)) };
  }
  const page = fault && pages[fault];
  return page ? { ...page, headers: { ...answer.headers, ...page.headers } } : answer;
}
