/** One fault: whether it breaks the answer that would have gone out, and its words for the documentation. */
interface FaultRow {
  /** A fault that breaks the answer leaves nothing of the decision for the client to read. */
  readonly breaksAnswer: boolean;
  readonly en: string;
  readonly ko: string;
}

/** Every fault that a tester can ask for. */
export const faultTable = {
  reset: {
    breaksAnswer: true,
    en: 'connection reset (RST), no byte of an answer',
    ko: '연결 재설정(RST), 응답 없음',
  },
  close: {
    breaksAnswer: true,
    en: 'connection closed (FIN), no byte of an answer',
    ko: '연결 종료(FIN), 응답 없음',
  },
  hang: {
    breaksAnswer: true,
    en: 'nothing, until the client leaves or ten minutes pass',
    ko: '클라이언트가 떠나거나 10분이 지날 때까지 무응답',
  },
  truncate: {
    breaksAnswer: true,
    en: 'status, headers and half of the body, then reset',
    ko: '상태, 헤더, 본문 절반을 보낸 뒤 연결 재설정',
  },
  malformed: {
    breaksAnswer: true,
    en: '200 and a body that is cut JSON, with a correct Content-Length',
    ko: '200과 잘린 JSON 본문, Content-Length는 올바름',
  },
  drip: {
    breaksAnswer: false,
    en: 'the whole answer, a few bytes at a time, over five seconds; decided as usual',
    ko: '전체 응답을 5초에 걸쳐 조금씩 전송, 처리는 정상',
  },
  'bad-gateway': {
    breaksAnswer: true,
    en: '502, an HTML page as a proxy sends it',
    ko: '502, 프록시가 보내는 HTML 페이지',
  },
  unavailable: {
    breaksAnswer: true,
    en: '503 with `Retry-After: 1`, an HTML page',
    ko: '503과 `Retry-After: 1`, HTML 페이지',
  },
  'gateway-timeout': { breaksAnswer: true, en: '504, an HTML page', ko: '504, HTML 페이지' },
  'bad-gateway-json': {
    breaksAnswer: true,
    en: '502, `{"message": …}` as an API gateway sends it: JSON without `resultCode`',
    ko: '502, API 게이트웨이가 보내는 `{"message": …}`: `resultCode` 없는 JSON',
  },
  'rate-limited': {
    breaksAnswer: true,
    en: '429 with `Retry-After: 1`, JSON without `resultCode`',
    ko: '429와 `Retry-After: 1`, `resultCode` 없는 JSON',
  },
  forbidden: {
    breaksAnswer: true,
    en: '403 of a firewall, JSON without `resultCode`',
    ko: '방화벽의 403, `resultCode` 없는 JSON',
  },
  maintenance: { breaksAnswer: true, en: '200, an HTML page', ko: '200, HTML 페이지' },
  empty: {
    breaksAnswer: true,
    en: '200 with `application/json`, `Content-Length: 0` and no body',
    ko: '200과 `application/json`, `Content-Length: 0`, 본문 없음',
  },
  'delivered-twice': {
    breaksAnswer: false,
    en: 'a gateway sends the request on twice: two calls are decided one after the other, the client gets the second answer',
    ko: '게이트웨이가 요청을 두 번 전달: 두 호출이 차례로 처리되고 클라이언트는 두 번째 응답을 받음',
  },
  'stale-connection': {
    breaksAnswer: false,
    en: 'this answer is whole; the next request on the same connection is reset (RST) before it is decided',
    ko: '이 응답은 온전하고, 같은 연결의 다음 요청은 처리되기 전에 연결이 재설정됨(RST)',
  },
} as const satisfies Record<string, FaultRow>;

export type Fault = keyof typeof faultTable;

export const faults = Object.keys(faultTable) as Fault[];

export const breaksAnswer = (fault: Fault): boolean => faultTable[fault].breaksAnswer;
