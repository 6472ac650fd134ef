import type { Fault } from '../../steering/faults.js';
import type { Answer } from './call.js';

/** Titles of the pages that a proxy sends in place of the answer behind it. */
const proxyPages: Partial<Record<Fault, readonly [status: number, title: string]>> = {
  'bad-gateway': [502, 'Bad Gateway'],
  unavailable: [503, 'Service Temporarily Unavailable'],
  'gateway-timeout': [504, 'Gateway Time-out'],
};

/** The answer as a fault spoils it, where the connection itself stays whole. */
export function spoiled(answer: Answer, fault: Fault | undefined): Answer {
  if (fault === 'malformed') {
    return { ...answer, status: 200, body: answer.body.slice(0, Math.floor(answer.body.length / 2)) };
  }
  const page = fault && proxyPages[fault];
  if (!page) return answer;
  const [status, title] = page;
  return {
    status,
    contentType: 'text/html',
    body: `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body>\r\n<center><h1>${status} ${title}</h1></center>\r\n</body>\r\n</html>\r\n`,
    headers: fault === 'unavailable' ? { ...answer.headers, 'Retry-After': '1' } : answer.headers,
  };
}
