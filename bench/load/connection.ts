import { connect, type Socket } from 'node:net';
import { type Answer, readAnswer } from './answer.js';

interface Listeners {
  readonly onAnswer: (answer: Answer, connection: Connection) => void;
  /** Told when the connection ends where an answer should come, or another request. */
  readonly onLost: (reason: string) => void;
}

/** A kept-alive connection with one request under way at a time. */
export class Connection {
  readonly #port: number;
  readonly #listeners: Listeners;
  #socket: Socket;
  #received = '';
  /** The server said with its last answer that it keeps no connection: the next request opens another. */
  #isSpent = false;

  private constructor(port: number, listeners: Listeners) {
    this.#port = port;
    this.#listeners = listeners;
    this.#socket = this.#connect();
  }

  static open(
    port: number,
    onAnswer: Listeners['onAnswer'],
    onLost: Listeners['onLost'] = () => {},
  ): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const lost = (reason: string) => {
        reject(new Error(reason));
        onLost(reason);
      };
      const connection = new Connection(port, { onAnswer, onLost: lost });
      connection.#socket.once('connect', () => resolve(connection));
    });
  }

  send(request: string): void {
    if (this.#isSpent) {
      this.close();
      this.#isSpent = false;
      this.#socket = this.#connect();
    }
    this.#socket.write(request, 'latin1');
  }

  close(): void {
    this.#socket.removeAllListeners('close').destroy();
  }

  #connect(): Socket {
    const buffer = Buffer.allocUnsafe(64 * 1024);
    const socket = connect({
      host: '127.0.0.1',
      port: this.#port,
      noDelay: true,
      onread: {
        buffer,
        callback: (size) => {
          this.#receive(buffer.toString('latin1', 0, size));
          return true;
        },
      },
    });
    socket.on('error', (error) => this.#listeners.onLost(error.message));
    socket.on('close', () => {
      if (!this.#isSpent) this.#listeners.onLost('the server closed the connection');
    });
    return socket;
  }

  #receive(text: string): void {
    this.#received = this.#received === '' ? text : this.#received + text;
    const answer = readAnswer(this.#received);
    if (!answer) return;
    this.#received = '';
    this.#isSpent = answer.isLast;
    this.#listeners.onAnswer(answer, this);
  }
}
