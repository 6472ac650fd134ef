import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CancelBody, envelope } from './envelope.js';

/** The ceiling: `node:http` with `JSON.parse` and `JSON.stringify`, nothing else. */
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString()) as CancelBody;
    const text = JSON.stringify(envelope(body));
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    });
    response.end(text);
  });
});

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`raw ready on http://127.0.0.1:${port}\n`);
});
