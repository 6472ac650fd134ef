import { isCompleted, remainingOf } from '../../app/armed-rules.js';
import type { ArmedRule } from '../../app/ports.js';
import { troubleView } from '../control/trouble.js';
import type { Page } from './page.js';

interface Props {
  readonly page: Page;
  readonly armed: readonly ArmedRule[];
  /** The order whose page they stand on, and where their forms lead back to. */
  readonly back?: string;
}

/** Armed rules, and how often each was met. */
export function ArmedRules({ page, armed, back }: Props) {
  const { t, to } = page;
  return (
    <ul class="armed">
      {armed.map((rule) => (
        <li class={isCompleted(rule) ? 'met' : 'waiting'}>
          <span>
            <strong>{rule.orderNo ?? t.everyOrder}</strong> <span class="quiet">{rule.operation}</span>{' '}
            {Object.entries({
              ...rule.words,
              ...(rule.eventType && { eventType: rule.eventType }),
              ...(rule.trouble && troubleView(rule.trouble)),
            }).map(([word, value]) => (
              <span class="tag">
                {word} <b>{String(value)}</b>
              </span>
            ))}
          </span>
          <span>
            {t.met} {String(rule.hits)}
            {rule.times === 'always' ? ` (${t.always})` : ` ${t.of} ${rule.times}`}{' '}
            <span class={`tag ${isCompleted(rule) ? 'good' : 'warn'}`}>
              {remainingOf(rule) === 0 ? t.allMet : t.notMet}
            </span>
          </span>
          <form method="post" action={to('console/disarm')}>
            <input type="hidden" name="id" value={rule.id} />
            {back === undefined ? null : <input type="hidden" name="back" value={back} />}
            <button type="submit" class="quiet-button" aria-label={`${t.remove} ${rule.id}`}>
              {t.remove}
            </button>
          </form>
        </li>
      ))}
    </ul>
  );
}
