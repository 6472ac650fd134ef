// The parts of the documentation that are made from the tables of the program.
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { allSettings, settings } from '../build/config/settings.js';
import { errorTable } from '../build/contract/error-table.js';
import { ruleTable } from '../build/contract/rule-table.js';
import { statusCodes, transitions } from '../build/domain/transitions.js';
import { readScenario } from '../build/steering/read-scenario.js';
import { scenarioSchema } from '../build/steering/scenario-schema.js';
import { faults as faultNames } from '../build/steering/words.js';

export const root = new URL('../', import.meta.url);

const table = (heads, rows) =>
  [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');

const cell = (text) => String(text).replaceAll('|', '\\|');

const statusOf = ({ resultCode, status }) => status ?? errorTable[resultCode].status;

const scenarios = readdirSync(new URL('scenarios/', root))
  .filter((file) => file.endsWith('.yaml'))
  .sort()
  .map((file) =>
    readScenario(
      file.replace('.yaml', ''),
      `scenarios/${file}`,
      readFileSync(new URL(`scenarios/${file}`, root), 'utf8'),
    ),
  );

const outcomes = ({ examples }, noAnswer) =>
  examples
    .map(({ status, rule }) => (status === 0 ? `${rule}, ${noAnswer}` : `${status} ${rule}`))
    .join(' · ');

const faults = [
  ['reset', 'connection reset (RST), no byte of an answer', '연결 재설정(RST), 응답 없음'],
  ['close', 'connection closed (FIN), no byte of an answer', '연결 종료(FIN), 응답 없음'],
  [
    'hang',
    'nothing, until the client leaves or ten minutes pass',
    '클라이언트가 떠나거나 10분이 지날 때까지 무응답',
  ],
  [
    'truncate',
    'status, headers and half of the body, then reset',
    '상태, 헤더, 본문 절반을 보낸 뒤 연결 재설정',
  ],
  [
    'malformed',
    '200 and a body that is cut JSON, with a correct Content-Length',
    '200과 잘린 JSON 본문, Content-Length는 올바름',
  ],
  [
    'drip',
    'the whole answer, a few bytes at a time, over five seconds; decided as usual',
    '전체 응답을 5초에 걸쳐 조금씩 전송, 처리는 정상',
  ],
  ['bad-gateway', '502, an HTML page as a proxy sends it', '502, 프록시가 보내는 HTML 페이지'],
  ['unavailable', '503 with `Retry-After: 1`, an HTML page', '503과 `Retry-After: 1`, HTML 페이지'],
  ['gateway-timeout', '504, an HTML page', '504, HTML 페이지'],
];

/** What the rules mean, for readers of the Korean specification and in its terms. */
const meaningsKo = {
  accepted: '결제 취소가 정상 처리됨',
  'detail.found': '주문의 결제 상세를 조회함. data.assumed 아래의 값과 각종 ID는 임의로 만든 값임',
  injected: '오류 또는 장애가 지정되어 취소를 판정하지 않음',
  'request.method': '요청 메서드가 POST임',
  'headers.required': '필수 헤더가 모두 있음(strict 모드)',
  'access-key.known':
    '등록된 액세스 키이며 헤더의 상점·사업부·채널이 그 키를 발급받은 곳과 일치함(strict 모드)',
  'access-key.valid': '액세스 키가 만료되지 않음(strict 모드)',
  'signature.valid': 'X-EBP-Signature가 hex(SHA-256(전송한 그대로의 본문 + 해시 키))와 일치함(strict 모드)',
  'request.media-type': '미디어 타입이 application/json이고 charset이 없거나 utf-8임',
  'body.json': '본문이 BOM 없는 UTF-8 JSON이고 한 객체 안에 같은 키가 두 번 나오지 않음',
  'body.schema': '본문이 Request Data Schema에 맞음',
  'order.exists': '주문번호가 존재함',
  'item.unique-seq': '한 요청 안에서 일련번호(seq)가 중복되지 않음',
  'item.known': '모든 일련번호(seq)가 주문에 있는 상품을 가리킴',
  'item.matches-order': 'itemId와 itemType이 주문의 해당 상품과 일치함',
  'currency.matches-order': 'X-Currency-Code가 주문 통화와 일치함(strict 모드)',
  'amount.currency-decimals': '모든 금액의 소수 자릿수가 주문 통화의 자릿수를 넘지 않음',
  'cancel.total-matches-items': 'totalCancelAmount가 items의 quantity × amount 합계와 일치함',
  'order.cancellable': '주문 상태가 REFUNDED나 VOIDED가 아님',
  'cancel.full-before-capture': '매입 전에는 주문 전액을 취소함',
  'item.quantity': '취소 수량이 주문 수량을 넘지 않음',
  'item.amount-left': 'amount가 단가를 넘지 않고, 상품별 취소 금액의 누계가 그 상품의 주문 금액을 넘지 않음',
  'item.tax-left':
    'taxAmount가 단위당 세금을 넘지 않고, 상품별 취소 세금의 누계가 그 상품의 세금을 넘지 않음',
  'refund-account.required': '원결제를 되돌릴 수 없는 결제수단으로 매입된 주문은 환불 계좌를 지정함',
};

const standingsKo = { documented: '문서', sample: '샘플', assumed: '가정', ours: '자체' };

assertSame('rules with a Korean meaning', Object.keys(meaningsKo), Object.keys(ruleTable));
assertSame(
  'faults with a description',
  faults.map(([name]) => name),
  faultNames,
);

/** What is described here is all that there is, and nothing else. */
function assertSame(what, described, known) {
  const missing = known.filter((name) => !described.includes(name));
  const strange = described.filter((name) => !known.includes(name));
  if (missing.length + strange.length === 0) return;
  throw new Error(
    `${what}: missing ${missing.join(', ') || 'none'}; unknown ${strange.join(', ') || 'none'}`,
  );
}

const mermaid = [
  'stateDiagram-v2',
  ...Object.entries(transitions).flatMap(([state, arrows]) => {
    const drawn = Object.entries(arrows).map(([action, target]) => `  ${state} --> ${target}: ${action}`);
    return drawn.length > 0 ? drawn : [`  ${state} --> [*]`];
  }),
].join('\n');

const code = (text) => (text ? `\`${text}\`` : '');

const settingTable = (rows, hasKeys) =>
  table(
    ['flag', 'variable', ...(hasKeys ? ['file key'] : []), 'default', 'meaning'],
    rows.map(({ flag, value, variable, key, default: byDefault, help }) => [
      code(flag && `--${flag}${value ? ` ${value}` : ''}`),
      code(variable),
      ...(hasKeys ? [code(key)] : []),
      byDefault === false ? 'off' : code(byDefault && String(byDefault)),
      help,
    ]),
  );

/** Marked parts of Markdown files, by name: text between `<!-- name -->` and `<!-- /name -->`. */
export const parts = {
  scenarios: table(
    ['scenario', 'what it is for', 'its examples answer'],
    scenarios.map((scenario) => [
      `\`${scenario.name}\``,
      scenario.purpose.en,
      outcomes(scenario, 'no answer'),
    ]),
  ),
  'scenarios-ko': table(
    ['시나리오', '용도', '예제의 응답'],
    scenarios.map((scenario) => [`\`${scenario.name}\``, scenario.purpose.ko, outcomes(scenario, '무응답')]),
  ),
  faults: table(
    ['fault', 'on the wire'],
    faults.map(([name, en]) => [`\`${name}\``, en]),
  ),
  'faults-ko': table(
    ['장애', '회선에서 일어나는 일'],
    faults.map(([name, , ko]) => [`\`${name}\``, ko]),
  ),
  rules: table(
    ['rule', 'holds when', 'refusal', 'standing', 'reading'],
    Object.entries(ruleTable).map(([rule, row]) => [
      `\`${rule}\``,
      row.meaning,
      row.resultCode === null ? 'as injected' : `${row.resultCode} (${statusOf(row)})`,
      row.standing,
      row.reading.join(' '),
    ]),
  ),
  'rules-ko': table(
    ['규칙', '성립 조건', '거절 시 응답', '근거', '해석'],
    Object.entries(ruleTable).map(([rule, row]) => [
      `\`${rule}\``,
      meaningsKo[rule],
      row.resultCode === null ? '지정한 값' : `${row.resultCode} (${statusOf(row)})`,
      standingsKo[row.standing],
      row.reading.join(' '),
    ]),
  ),
  states: `\`\`\`mermaid\n${mermaid}\n\`\`\``,
  settings: settingTable(settings, true),
  'client-settings': settingTable(
    allSettings.filter((row) => !settings.includes(row)),
    false,
  ),
  'image-defaults': `\`\`\`yaml\n${readFileSync(new URL('image-defaults.yaml', root), 'utf8').trimEnd()}\n\`\`\``,
  'status-codes': table(
    ['state', 'status code of the platform'],
    Object.entries(statusCodes).map(([state, code]) => [state, code]),
  ),
};

/** Files that are made whole, by path from the root. */
export const files = {
  'scenarios/scenario.schema.json': `${JSON.stringify(z.toJSONSchema(scenarioSchema, { io: 'input' }), null, 2)}\n`,
};
