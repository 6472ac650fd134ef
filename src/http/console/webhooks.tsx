import type { WebhookAttempt, WebhookEvent } from '../../app/ports.js';
import { stateOf, type WebhookState } from '../../app/webhooks/events.js';
import { utcTimestamp } from '../../contract/timestamp.js';
import { webhookPayload } from '../../contract/webhook.js';
import type { Order } from '../../domain/order.js';
import { Code } from './code.js';
import { type Page, Scroll } from './page.js';
import type { Texts } from './texts.js';

/** The events of an order, and whether there is an endpoint that they can be sent to. */
export interface OrderEvents {
  readonly events: readonly WebhookEvent[];
  readonly hasEndpoint: boolean;
}

interface Props extends OrderEvents {
  readonly page: Page;
  readonly order: Order;
  /** The call whose page shows them. */
  readonly requestId?: string;
}

const SHOWN = {
  pending: ['pending', 'tag warn'],
  delivered: ['delivered', 'tag good'],
  failed: ['givenUp', 'tag bad'],
  dropped: ['dropped', 'tag bad'],
  unsent: ['unsent', 'tag'],
} as const satisfies Readonly<Record<WebhookState, readonly [keyof Texts, string]>>;

const State = ({ event, t }: { readonly event: WebhookEvent; readonly t: Texts }) => {
  const [word, style] = SHOWN[stateOf(event)];
  return <span class={style}>{t[word]}</span>;
};

/** What stores are told: each event with every attempt to tell it. */
export function Webhooks({ page, order, events, hasEndpoint, requestId }: Props) {
  const { t, to } = page;
  if (events.length === 0) return null;
  return (
    <section>
      <h2>{t.webhooks}</h2>
      <ul class="cancels">
        {events.map((event) => (
          <li>
            <strong>{event.eventType}</strong> <State event={event} t={t} />{' '}
            <span class="quiet">
              {event.id} · {utcTimestamp(event.at, 'none')}
            </span>
            <Attempts attempts={event.attempts ?? []} event={event} page={page} />
            <details class="headers">
              <summary>{t.webhookBody}</summary>
              <Code text={webhookPayload(order, event)} label={t.webhookBody} />
            </details>
            {hasEndpoint ? (
              <form method="post" action={to('console/redeliver')}>
                <input type="hidden" name="id" value={event.id} />
                <input type="hidden" name="orderNo" value={order.orderNo} />
                {requestId === undefined ? null : <input type="hidden" name="requestId" value={requestId} />}
                <button type="submit" aria-label={`${t.redeliver} ${event.id}`}>
                  {t.redeliver}
                </button>
              </form>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Attempts({
  attempts,
  event,
  page: { t },
}: {
  readonly attempts: readonly WebhookAttempt[];
  readonly event: WebhookEvent;
  readonly page: Page;
}) {
  if (attempts.length === 0) return null;
  return (
    <Scroll label={`${t.attempts} ${event.id}`}>
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">{t.attempt}</th>
            <th scope="col" class="text">
              {t.time}
            </th>
            <th scope="col" class="text">
              {t.storeAnswered}
            </th>
            <th scope="col">{t.duration}</th>
          </tr>
        </thead>
        <tbody>
          {attempts.map(({ attempt, at, status, answer, error, durationMs }) => (
            <tr>
              <th scope="row">{String(attempt)}</th>
              <td class="text">{at}</td>
              <td class="text">{[status, error ?? answer].filter((part) => part !== undefined).join(' ')}</td>
              <td>{durationMs.toFixed(1)} ms</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
