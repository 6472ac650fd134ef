import { Failure } from '../failure.js';
import { CANCEL_PATH, cancelHead, cancelRest, orderNumber } from './cancel.js';
import { type CheckName, checks } from './check.js';
import { Connection } from './connection.js';

const PATIENCE_MS = 10_000;

/** Sends one cancel and resolves once it is answered. Rejects where the answer is wrong. */
export async function oneCancel(port: number, path: string, order: number, check: CheckName): Promise<void> {
  const orderNo = orderNumber(order);
  await new Promise<void>((resolve, reject) => {
    setTimeout(() => reject(new Failure(`no answer to a cancel of ${orderNo}`)), PATIENCE_MS).unref();
    Connection.open(
      port,
      (answer, connection) => {
        connection.close();
        if (checks[check](answer, orderNo)) resolve();
        else reject(new Failure(`wrong answer to a cancel of ${orderNo}: ${answer.status} ${answer.body}`));
      },
      (reason) => reject(new Error(reason)),
    ).then((connection) => connection.send(cancelHead(path) + cancelRest(orderNo)), reject);
  });
}

/** A cancel that is sent and not waited for. */
export interface Held {
  isAnswered(): boolean;
  /** The client leaves. */
  release(): void;
}

/** Sends one cancel that the sandbox is told to hold back. */
export async function heldCancel(
  port: number,
  order: number,
  headers: Record<string, string>,
): Promise<Held> {
  let answered = false;
  const connection = await Connection.open(port, () => {
    answered = true;
  });
  connection.send(cancelHead(CANCEL_PATH, headers) + cancelRest(orderNumber(order)));
  return { isAnswered: () => answered, release: () => connection.close() };
}
