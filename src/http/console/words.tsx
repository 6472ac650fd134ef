import { errorTable, resultCodes } from '../../contract/error-table.js';
import { faults, faultTable } from '../../steering/faults.js';
import { modes, phases } from '../../steering/words.js';
import { Choice, Field, type Option, optionsOf, type Page } from './page.js';

/** What is offered where an error is asked for: once on each page that has `Words`. */
export const ErrorCodes = ({ page: { language } }: { readonly page: Page }) => (
  <datalist id="error-codes">
    {resultCodes
      .filter((code) => code !== '0')
      .map((code) => (
        <option value={code}>{errorTable[code][language]}</option>
      ))}
  </datalist>
);

/** The steering words as fields of a form. */
export function Words({ page, withMode }: { readonly page: Page; readonly withMode?: boolean }) {
  const { t, services, language } = page;
  const told = (fault: (typeof faults)[number]): Option => [
    fault,
    `${fault}: ${faultTable[fault][language].replaceAll('`', '')}`,
  ];
  return (
    <div class="words-grid">
      <Choice
        label={t.scenario}
        name="scenario"
        page={page}
        options={optionsOf(services.scenarios.keys(), t.noScenario)}
      />
      <Field label={t.error} name="error" page={page} placeholder="EBP-C-0010" list="error-codes" />
      <Choice label={t.fault} name="fault" page={page} options={[['', '–'], ...faults.map(told)]} />
      <Choice
        label={t.phase}
        name="phase"
        page={page}
        options={[['', '–'], ...phases.map((phase): Option => [phase, t[phase]])]}
      />
      <Field label={t.delay} name="delay" page={page} inputmode="numeric" />
      {withMode ? (
        <Choice label={t.mode} name="mode" page={page} options={optionsOf(modes, t.serverMode)} />
      ) : null}
    </div>
  );
}
