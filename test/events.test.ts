import { expect, onTestFinished, test } from 'vitest';
import { HeldTimers } from './support/held-timers.js';
import { cancelOf, line2, SAMPLE_ORDER } from './support/samples.js';
import { newServed, type Served } from './support/served.js';

interface Message {
  readonly id?: string;
  readonly event?: string;
  // biome-ignore lint/suspicious/noExplicitAny: an event is looked into freely
  readonly data?: any;
  readonly comment?: string;
}

/** A reader of the stream; `next` waits for the next message, `undefined` once the stream has ended. */
async function reader(server: Served, headers: Record<string, string> = {}, workspace = '') {
  const leaving = new AbortController();
  onTestFinished(() => leaving.abort());
  const response = await fetch(`${server.url}${workspace}/_sandbox/events`, {
    headers,
    signal: leaving.signal,
  });
  const stream = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    response,
    leave: () => leaving.abort(),
    async next(): Promise<Message | undefined> {
      while (!text.includes('\n\n')) {
        const { done, value } = (await stream?.read()) ?? { done: true };
        if (done) return undefined;
        text += value;
      }
      const end = text.indexOf('\n\n');
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const fields = Object.fromEntries(
        lines.map((line) => [line.split(':')[0], line.slice(line.indexOf(':') + 1).trim()]),
      );
      if (fields[''] !== undefined) return { comment: fields[''] };
      return { ...fields, data: JSON.parse(fields.data ?? 'null') };
    },
  };
}

const cancel = (server: Served, body: object, workspace = '') =>
  fetch(`${server.url}${workspace}/api/v2/payment/cancel`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

test('a cancel is told as it is answered, with the order that it changed, and as it is delivered', async () => {
  const server = await newServed({ timers: new HeldTimers() });
  const { response, next } = await reader(server);
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  await cancel(server, cancelOf([line2]));
  const answered = await next();
  expect(answered).toMatchObject({
    event: 'request',
    data: { orderNo: SAMPLE_ORDER, rule: 'accepted', status: 200, resultCode: '0', received: 'pending' },
  });
  expect(await next()).toMatchObject({
    event: 'order',
    data: { orderNo: SAMPLE_ORDER, state: 'PARTIALLY_REFUNDED' },
  });
  expect(await next()).toMatchObject({ event: 'request', data: { received: 'complete' } });
  await fetch(`${server.url}/_sandbox/reset`, { method: 'POST' });
  expect(await next()).toMatchObject({ event: 'reset', data: {} });
});

test('a reader is told of its own workspace only', async () => {
  const server = await newServed({ timers: new HeldTimers() });
  const { next } = await reader(server, {}, '/w/mine');
  await cancel(server, cancelOf([line2]), '/w/other');
  await cancel(server, {}, '/w/mine');
  expect(await next()).toMatchObject({ event: 'request', data: { rule: 'body.schema' } });
});

test('a reader that comes back goes on where it stopped, and is told where that is not known any more', async () => {
  const server = await newServed({ timers: new HeldTimers() });
  const first = await reader(server);
  await cancel(server, {});
  const last = await first.next();
  first.leave();
  await cancel(server, cancelOf([line2]));
  const second = await reader(server, { 'Last-Event-ID': last?.id ?? '' });
  expect(await second.next()).toMatchObject({
    event: 'request',
    data: { rule: 'body.schema', received: 'complete' },
  });
  expect(await second.next()).toMatchObject({ event: 'request', data: { rule: 'accepted' } });
  const third = await reader(server, { 'Last-Event-ID': 'another-7' });
  expect(await third.next()).toMatchObject({ event: 'gap' });
});

test('a silent stream is kept alive by comments, and ends when the server stops', async () => {
  const timers = new HeldTimers();
  const server = await newServed({ timers });
  const { next } = await reader(server);
  await timers.end(15_000);
  expect(await next()).toEqual({ comment: 'alive' });
  await server.stop();
  expect(await next()).toBeUndefined();
});
