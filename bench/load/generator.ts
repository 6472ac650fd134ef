import type { Answer } from './answer.js';
import { cancelHead, cancelRest, orderNumber } from './cancel.js';
import { checks } from './check.js';
import { Connection } from './connection.js';
import type { Job, JobResult, Measured } from './job.js';

/** A server that answers nothing for so long has failed. */
const SILENCE_MS = 60_000;

/** Shows so much of a wrong answer. */
const SHOWN = 600;

interface UnderWay {
  readonly orderNo: string;
  readonly since: number;
}

/**
 * Runs one job and checks every answer. Throws where one is wrong or a connection is lost. Counts from where
 * as many are answered as there are connections: opening them is no part of a cancel.
 */
function run(job: Job): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const requests = requestsOf(job);
    const check = checks[job.check];
    const latencies = new Float64Array(job.cancels);
    const underWay = new Map<Connection, UnderWay>();
    const idle: Connection[] = [];
    const due: number[] = [];
    const all: Connection[] = [];
    let sent = 0;
    let answered = 0;
    let started = 0;
    let counting = 0;
    let used = process.cpuUsage();
    let pace: NodeJS.Timeout | undefined;

    const silence = setTimeout(() => fail('the server fell silent'), SILENCE_MS);

    const stop = () => {
      clearTimeout(silence);
      clearInterval(pace);
      for (const connection of all) connection.close();
    };
    const fail = (reason: string) => {
      stop();
      reject(new Error(`${reason} (after ${answered} of ${job.cancels} cancels)`));
    };

    const send = (connection: Connection, since: number) => {
      const { orderNo, text } = requests(sent);
      sent += 1;
      underWay.set(connection, { orderNo, since });
      connection.send(text);
    };

    const onAnswer = (answer: Answer, connection: Connection) => {
      const now = performance.now();
      const { orderNo, since } = underWay.get(connection) ?? { orderNo: '', since: now };
      if (!check(answer, orderNo)) {
        fail(`wrong answer to a cancel of ${orderNo}: ${answer.status} ${answer.body.slice(0, SHOWN)}`);
        return;
      }
      latencies[answered] = now - since;
      answered += 1;
      silence.refresh();
      if (answered === job.connections) {
        counting = now;
        used = process.cpuUsage();
      }
      if (answered === job.cancels) {
        stop();
        resolve(
          measured(latencies.subarray(job.connections), (now - counting) / 1000, process.cpuUsage(used)),
        );
      } else if (job.perSecond === undefined) {
        if (sent < job.cancels) send(connection, now);
      } else {
        const waiting = due.shift();
        if (waiting === undefined) idle.push(connection);
        else send(connection, waiting);
      }
    };

    /** What is due goes out on an idle connection, or waits for one: its time runs from now either way. */
    const keepPace = (perSecond: number) => {
      const now = performance.now();
      const expected = Math.min(job.cancels, Math.floor(((now - started) / 1000) * perSecond));
      while (sent + due.length < expected) {
        const connection = idle.pop();
        if (connection) send(connection, now);
        else due.push(now);
      }
    };

    const connected = Array.from({ length: job.connections }, async () => {
      all.push(await Connection.open(job.port, onAnswer, fail));
    });
    Promise.all(connected).then(
      () => {
        started = performance.now();
        const { perSecond } = job;
        if (perSecond === undefined) {
          for (const connection of all) if (sent < job.cancels) send(connection, performance.now());
        } else {
          idle.push(...all);
          pace = setInterval(() => keepPace(perSecond), 1);
        }
      },
      (error: Error) => fail(error.message),
    );
  });
}

/** All requests of a job are written before it begins. */
function requestsOf({ path, workspaces, orders }: Job): (turn: number) => { orderNo: string; text: string } {
  const heads = Array.from({ length: Math.max(1, workspaces) }, (_, number) =>
    cancelHead(path.replace('{workspace}', String(number))),
  );
  const rests = Array.from({ length: orders.count }, (_, order) => {
    const orderNo = orderNumber(orders.first + order * orders.stride);
    return { orderNo, rest: cancelRest(orderNo) };
  });
  return (turn) => {
    const head = heads[turn % heads.length] ?? '';
    const { orderNo, rest } = rests[Math.floor(turn / heads.length) % rests.length] ?? {
      orderNo: '',
      rest: '',
    };
    return { orderNo, text: head + rest };
  };
}

function measured(latencies: Float64Array, seconds: number, used: NodeJS.CpuUsage): Measured {
  latencies.sort();
  const at = (part: number) => latencies[Math.ceil(latencies.length * part) - 1] ?? Number.NaN;
  const generatorBusy = (used.user + used.system) / 1e6 / seconds;
  return { cancels: latencies.length, seconds, p50: at(0.5), p99: at(0.99), max: at(1), generatorBusy };
}

const say = (result: JobResult) => process.send?.(result);

process.on('message', (job: Job) => {
  run(job).then(
    (measured) => say({ measured }),
    (error: Error) => say({ failure: error.message }),
  );
});
