// Four clients of Node, told what to send by lines of stdin; test/clients.test.ts says how.
import { Agent, request as httpRequest } from 'node:http';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import axios from 'axios';
import { request as undiciRequest } from 'undici';

const headers = { 'Content-Type': 'application/json' };
const agent = new Agent({ keepAlive: true });

/** Each posts a body, and resolves with the status and the size of the answer's body. */
const clients = {
  async fetch(url, body, ms) {
    const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(ms) });
    return [response.status, (await response.arrayBuffer()).byteLength];
  },

  async undici(url, body, ms) {
    const response = await undiciRequest(url, {
      method: 'POST',
      headers,
      body,
      headersTimeout: ms,
      bodyTimeout: ms,
    });
    return [response.statusCode, (await response.body.arrayBuffer()).byteLength];
  },

  async axios(url, body, ms) {
    const response = await axios.post(url, body, {
      headers,
      httpAgent: agent,
      timeout: ms,
      proxy: false,
      responseType: 'arraybuffer',
      validateStatus: () => true,
    });
    return [response.status, response.data.byteLength];
  },

  'node:http': (url, body, ms) =>
    new Promise((resolve, reject) => {
      const outgoing = httpRequest(url, { method: 'POST', headers, agent, signal: AbortSignal.timeout(ms) });
      outgoing.on('error', reject).on('response', (incoming) => {
        let size = 0;
        incoming
          .on('data', (part) => {
            size += part.length;
          })
          .on('end', () => resolve([incoming.statusCode, size]))
          .on('error', reject);
      });
      outgoing.end(body);
    }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [name, ms, ...parts] = line.split('\t');
  const told = [];
  try {
    for (let at = 0; at < parts.length; at += 2) {
      told.push((await clients[name](parts[at], parts[at + 1], Number(ms))).join(' '));
      // So that the connection is free when the next request looks for one.
      await setImmediate();
    }
  } catch (error) {
    // fetch and node:http tell the reason as the cause of an error of their own.
    const { code, name: kind } = error.cause ?? error;
    told.push(typeof code === 'string' ? code : kind);
  }
  console.log(told.join('\t'));
}
