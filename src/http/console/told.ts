import type { Language } from '../../contract/error-table.js';
import { type RuleRow, ruleTable } from '../../contract/rule-table.js';
import type { Problem } from '../problem.js';

/** What a problem says, as it is thrown or as a journal entry holds it. */
export type Said = Pick<Problem, 'title' | 'detail'> & {
  readonly value?: unknown;
  readonly accepted?: unknown;
  readonly nearest?: unknown;
  /** The entries of a list that were not taken. */
  readonly refused?: unknown;
};

/** Titles of the problems that somebody may meet in the console. */
export const koreanTitles: Readonly<Record<string, string>> = {
  'Bad request target': '요청 경로가 올바르지 않습니다',
  'Body too large': '본문이 너무 큽니다',
  'Broken checklist': '체크리스트를 읽을 수 없습니다',
  'Control plane closed': '제어 API가 닫혀 있습니다',
  'Control plane off': '제어 API가 꺼져 있습니다',
  'Damaged store': '저장된 데이터가 손상되었습니다',
  'Dot segment in the path': '경로에 점 구간(.)이 있습니다',
  'Host not allowed': '허용되지 않은 호스트 이름입니다',
  'Impossible order': '만들 수 없는 주문입니다',
  'Limit reached': '한도에 도달했습니다',
  'Media type not accepted': '허용되지 않은 미디어 타입입니다',
  'Method not allowed': '허용되지 않은 메서드입니다',
  'No endpoint': '웹훅을 보낼 곳이 정해지지 않았습니다',
  'Not JSON': 'JSON이 아닙니다',
  'Not a snapshot': '스냅샷이 아닙니다',
  'Not accepted': '사용할 수 없는 값입니다',
  'Not implemented': '샌드박스에 없는 경로입니다',
  'Order cannot be captured': '매입할 수 없는 주문입니다',
  'Order exists': '이미 있는 주문번호입니다',
  'Orders exist': '이미 있는 주문번호가 있습니다',
  'Page of another site': '다른 사이트의 페이지가 보낸 요청입니다',
  'Query key given twice': '쿼리 키가 두 번 있습니다',
  'Sandbox failed': '샌드박스 자체 오류입니다',
  'Scenario does not fit the order': '시나리오가 이 주문과 맞지 않습니다',
  'Snapshot too large': '스냅샷이 너무 큽니다',
  'Store cannot be reached': '저장소에 연결할 수 없습니다',
  'Store cannot be written': '저장할 수 없습니다',
  'Token missing': '토큰이 필요합니다',
  'Token wrong': '토큰이 올바르지 않습니다',
  'Too many bytes in flight': '동시에 처리 중인 데이터가 너무 많습니다',
  'Too many orders': '한 번에 만들 수 있는 주문 수를 넘었습니다',
  'Too many rules': '걸어 둔 것이 너무 많습니다',
  'Too many waiting calls': '대기 중인 호출이 너무 많습니다',
  'Two workspaces': '서로 다른 워크스페이스가 지정되었습니다',
  'Unknown event': '없는 웹훅 이벤트입니다',
  'Unknown order': '없는 주문입니다',
  'Unknown request': '기록에 없는 호출입니다',
  'Unknown rule': '걸어 둔 것 중에 없습니다',
  'Unknown scenario': '없는 시나리오입니다',
  'Unknown workspace': '없는 워크스페이스입니다',
  'Workspace stays': '지울 수 없는 워크스페이스입니다',
};

/**
 * The sandbox's own word in the language of the reader. A value that is not accepted is told whole in Korean; of
 * any other problem the kind, before the English detail that programs get.
 */
export function told(problem: Said, language: Language): string {
  const { refused } = problem;
  const sentence = sentenceOf(problem, language);
  if (!Array.isArray(refused)) return sentence;
  return `${sentence}: ${refused.map(({ orderNo }: { orderNo?: string }) => orderNo).join(', ')}`;
}

function sentenceOf({ title, detail, value, accepted, nearest }: Said, language: Language): string {
  const near = typeof nearest === 'string' ? nearest : undefined;
  if (language === 'en') return near === undefined ? detail : `${detail}. Nearest: ${near}`;
  const [what] = /^[a-z ]+(?= ")/.exec(detail) ?? [];
  if (typeof value === 'string' && Array.isArray(accepted) && what !== undefined) {
    const nearby = near === undefined ? '' : ` 가장 가까운 값: ${near}.`;
    return `${what} ${JSON.stringify(value)}은(는) 사용할 수 없는 값입니다.${nearby} 사용할 수 있는 값: ${accepted.join(', ')}`;
  }
  const kind = koreanTitles[title];
  if (kind === undefined || title === detail) return kind ?? detail;
  return `${kind}: ${detail}`;
}

/** The same of a recorded answer, which is a problem or was cut. */
export function toldIn(body: string, language: Language): string {
  try {
    const said = JSON.parse(body) as Said;
    return typeof said.detail === 'string' ? told(said, language) : '';
  } catch {
    return '';
  }
}

/** Warnings of calls, in a sentence. */
const koreanWarnings: Readonly<Record<string, string>> = {
  'cancel.retry-after-lost-answer':
    '응답이 유실된 취소에서 이미 취소한 상품입니다. 재시도 전에 payment/detail로 조회하세요.',
  'connection.extra-bytes': 'Content-Length보다 많은 바이트가 왔습니다.',
  'connection.stale': '같은 연결의 다음 요청이 처리되기 전에 연결이 재설정되었습니다.',
  'error.unlisted-code': '플랫폼 문서에 없는 코드이므로 메시지와 HTTP 상태는 가정한 값입니다.',
  'header.currency-code': 'X-Currency-Code가 주문의 통화와 다릅니다.',
  'header.idempotency-key': '취소에는 효과가 없는 헤더입니다. 같은 요청의 처리는 주문 상태가 결정합니다.',
  'header.system-language': 'X-System-Language를 알 수 없어 en으로 응답합니다.',
  'header.time-zone': 'Time-Zone을 알 수 없어 시각을 UTC로 표시합니다.',
  'money.moved-after-lost-answer':
    '응답이 유실된 뒤 payment/detail 조회 없이 같은 주문의 금액이 다시 취소되었습니다.',
  'query.unknown': '의미가 없는 쿼리 키입니다.',
  'refund-account.numeric': '계좌번호가 숫자여서 앞의 0이 사라집니다. 문자열로 보내세요.',
};

/** A warning in Korean, before its English message; one of a rule that production enforces has the rule's meaning. */
export function warningInKorean(warning: string): string | undefined {
  const row = new Map<string, RuleRow>(Object.entries(ruleTable)).get(warning);
  return row ? `운영 환경이라면 거절됩니다(${row.meaning.ko}).` : koreanWarnings[warning];
}
