import { describe, expect, test } from 'vitest';
import { newWorld, type World } from './support/world.js';

const open = { control: 'open', allowedHosts: ['sandbox.example.com'] } as const;
const withToken = { control: 'token', token: 'let-me-in', allowedHosts: [] } as const;

const reset = (world: World, headers: Record<string, string>, body?: string) =>
  world.call('/_sandbox/reset', { method: 'POST', headers, ...(body !== undefined && { body }) });

describe('a request to the control plane', () => {
  test.each([
    ['of a program', {}, 204],
    ['of curl -d', { 'Content-Type': 'application/x-www-form-urlencoded' }, 204],
    ['of a foreign page', { Origin: 'http://evil.example' }, 403],
    ['of a page without an origin', { Origin: 'null' }, 403],
    ['of a foreign page that names no origin', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['of a page of a sibling site', { 'Sec-Fetch-Site': 'same-site' }, 403],
    [
      'of the own page',
      { Origin: 'http://localhost:4232', Host: 'localhost:4232', 'Sec-Fetch-Site': 'same-origin' },
      204,
    ],
    ['of the own page on another port', { Origin: 'http://localhost:1', Host: 'localhost:4232' }, 403],
    ['typed into a browser', { 'Sec-Fetch-Site': 'none' }, 204],
    ['of a browser as text', { 'Sec-Fetch-Site': 'none', 'Content-Type': 'text/plain' }, 415],
    ['of a browser as JSON', { 'Sec-Fetch-Site': 'none', 'Content-Type': 'application/json' }, 204],
    ['to a foreign name', { Host: 'evil.example' }, 403],
    ['to a foreign name with a port', { Host: 'evil.example:4232' }, 403],
    ['to a name that only starts like ours', { Host: 'localhost.evil.example' }, 403],
    ['to an allowed name', { Host: 'Sandbox.Example.com.:4232' }, 204],
    ['to an address', { Host: '10.0.0.7:4232' }, 204],
    ['to an address of IPv6', { Host: '[::1]:4232' }, 204],
    ['to a bare address of IPv6', { Host: '[fe80::1%25eth0]' }, 204],
    ['to a neighbour in compose', { Host: 'ebp-sandbox:4232' }, 204],
    ['to this machine', { Host: 'shop.localhost' }, 204],
    ['to a machine of the local network', { Host: 'printer.local' }, 204],
    ['to a machine of the cloud', { Host: 'vm-7.internal' }, 204],
    ['to no name', { Host: '' }, 204],
  ])('%s', async (_, headers, status) => {
    const world = newWorld({ access: open });
    const answer = await reset(world, headers as Record<string, string>);
    expect(answer.status).toBe(status);
    if (status !== 204) expect(answer.headers.get('content-type')).toContain('problem+json');
  });

  test('that is refused changes nothing', async () => {
    const world = newWorld({ access: open });
    await world.post('/_sandbox/orders', { orderNo: 'A' });
    await reset(world, { Origin: 'http://evil.example' });
    expect((await world.order('A')).status).toBe(200);
  });

  test('needs the token where one is set, and is told so', async () => {
    const world = newWorld({ access: withToken });
    const missing = await reset(world, {});
    expect([missing.status, missing.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect((await reset(world, { Authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await reset(world, { Authorization: 'Basic let-me-in' })).status).toBe(401);
    expect((await reset(world, { Authorization: 'Bearer let-me-in' })).status).toBe(204);
    expect((await world.get('/_sandbox/health')).status).toBe(200);
  });

  test('is refused with the ways to choose where nobody has chosen', async () => {
    const world = newWorld({ access: { control: 'undecided', allowedHosts: [] } });
    const answer = await reset(world, {});
    expect(answer.status).toBe(403);
    expect(answer.json.detail).toMatch(/--control-token.*--control open/);
    expect((await world.get('/w/other/_sandbox/health')).status).toBe(200);
  });

  test('finds nothing but health where it is off', async () => {
    const world = newWorld({ access: { control: 'off', allowedHosts: [] } });
    expect((await reset(world, {})).status).toBe(404);
    expect((await world.get('/_sandbox/health')).status).toBe(200);
  });
});

test('the EBP API itself asks for no host, origin or token', async () => {
  const world = newWorld({ access: withToken });
  const headers = { Host: 'evil.example', Origin: 'http://evil.example' };
  expect((await world.cancel({}, headers)).headers.get('x-sandbox-rule')).toBe('body.schema');
});
