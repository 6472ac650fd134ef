// The parts of the documentation that are made from the tables of the program.
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { standardChecklist } from '../build/app/certification/checklist.js';
import { exercises } from '../build/app/certification/exercises.js';
import { allSettings, settings } from '../build/config/settings.js';
import { errorTable } from '../build/contract/error-table.js';
import { ruleTable } from '../build/contract/rule-table.js';
import { statusCodes, transitions } from '../build/domain/transitions.js';
import { faultTable } from '../build/steering/faults.js';
import { readScenario } from '../build/steering/read-scenario.js';
import { scenarioSchema } from '../build/steering/scenario-schema.js';

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

const standingsKo = { documented: '문서', sample: '샘플', assumed: '가정', ours: '자체' };

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
    Object.entries(faultTable).map(([name, { en }]) => [`\`${name}\``, en]),
  ),
  'faults-ko': table(
    ['장애', '회선에서 일어나는 일'],
    Object.entries(faultTable).map(([name, { ko }]) => [`\`${name}\``, ko]),
  ),
  rules: table(
    ['rule', 'holds when', 'refusal', 'standing', 'reading'],
    Object.entries(ruleTable).map(([rule, row]) => [
      `\`${rule}\``,
      row.meaning.en,
      row.resultCode === null ? 'as injected' : `${row.resultCode} (${statusOf(row)})`,
      row.standing,
      row.reading.join(' '),
    ]),
  ),
  'rules-ko': table(
    ['규칙', '성립 조건', '거절 시 응답', '근거', '해석'],
    Object.entries(ruleTable).map(([rule, row]) => [
      `\`${rule}\``,
      row.meaning.ko,
      row.resultCode === null ? '지정한 값' : `${row.resultCode} (${statusOf(row)})`,
      standingsKo[row.standing],
      row.reading.join(' '),
    ]),
  ),
  checks: table(
    ['check', 'level', 'the client', 'exercise'],
    standardChecklist.checks.map(({ id, level, title, exercise }) => [
      code(id),
      level,
      title.en,
      code(exercise),
    ]),
  ),
  exercises: table(
    ['exercise', 'trouble', 'scenario', 'armed'],
    Object.entries(exercises).map(([id, { title, scenario, arm = {}, times }]) => [
      code(id),
      title.en,
      code(scenario),
      [...Object.entries({ ...arm, ...(times && { times }) })]
        .map(([word, value]) => code(`${word}: ${value}`))
        .join(', '),
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
