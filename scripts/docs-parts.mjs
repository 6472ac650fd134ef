// The parts of the documentation that are made from the tables of the program.
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { errorTable } from '../dist/contract/error-table.js';
import { ruleTable } from '../dist/contract/rule-table.js';
import { statusCodes, transitions } from '../dist/domain/transitions.js';
import { readScenario } from '../dist/scenarios/read-scenario.js';
import { scenarioSchema } from '../dist/scenarios/scenario-schema.js';

export const root = new URL('../', import.meta.url);

const table = (heads, rows) =>
  [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');

const cell = (text) => String(text).replaceAll('|', '\\|');

const statusOf = ({ resultCode, status }) =>
  resultCode === null ? 'as injected' : (status ?? errorTable[resultCode].status);

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

const outcomes = ({ examples }) =>
  examples.map(({ status, rule }) => (status === 0 ? `${rule}, no answer` : `${status} ${rule}`)).join(' · ');

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

const mermaid = [
  'stateDiagram-v2',
  ...Object.entries(transitions).flatMap(([state, arrows]) => {
    const drawn = Object.entries(arrows).map(([action, target]) => `  ${state} --> ${target}: ${action}`);
    return drawn.length > 0 ? drawn : [`  ${state} --> [*]`];
  }),
].join('\n');

/** Marked parts of Markdown files, by name: text between `<!-- name -->` and `<!-- /name -->`. */
export const parts = {
  scenarios: table(
    ['scenario', 'what it is for', 'its examples answer'],
    scenarios.map((scenario) => [`\`${scenario.name}\``, scenario.purpose.en, outcomes(scenario)]),
  ),
  'scenarios-ko': table(
    ['시나리오', '용도', '예제의 응답'],
    scenarios.map((scenario) => [`\`${scenario.name}\``, scenario.purpose.ko, outcomes(scenario)]),
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
  states: `\`\`\`mermaid\n${mermaid}\n\`\`\``,
  'status-codes': table(
    ['state', 'status code of the platform'],
    Object.entries(statusCodes).map(([state, code]) => [state, code]),
  ),
};

/** Files that are made whole, by path from the root. */
export const files = {
  'scenarios/scenario.schema.json': `${JSON.stringify(z.toJSONSchema(scenarioSchema, { io: 'input' }), null, 2)}\n`,
};
