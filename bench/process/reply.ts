import type { ChildProcess } from 'node:child_process';
import { Failure } from '../failure.js';

/** The next message of a child process. Throws `Failure` where it ends before. */
export function reply<T>(child: ChildProcess, name: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (settled: () => void) => {
      child.off('message', answered).off('exit', ended);
      settled();
    };
    const answered = (message: unknown) => settle(() => resolve(message as T));
    const ended = () => settle(() => reject(new Failure(`${name} ended by itself`)));
    child.on('message', answered).on('exit', ended);
  });
}
