// What another service answers, and what the caller hears of it.
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { OwnerClient } from './owner-client';

let server: Server;
let answer: { status: number; text: string };
const asked: { url: string | undefined; authorization: string | undefined }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push({ url: request.url, authorization: request.headers.authorization });
    response.writeHead(answer.status).end(answer.text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

const client = (url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`) =>
  new OwnerClient('comparator', url, 'comparator-away');

it('asks with the caller’s own key, and passes the answer on', async () => {
  answer = { status: 200, text: '{"exemplars":[]}' };
  await expect(client().read('/api/v1/exemplars?rollout=r', 'Bearer k')).resolves.toEqual({ exemplars: [] });
  expect(asked.at(-1)).toEqual({ url: '/api/v1/exemplars?rollout=r', authorization: 'Bearer k' });
});

it.each([
  ['has no database', { status: 503, text: '{}' }, 'unavailable'],
  ['has trouble of its own', { status: 500, text: '{}' }, 'comparator-away'],
  ['answers what is no JSON', { status: 200, text: '<html>' }, 'comparator-away'],
])('says so where it %s', async (_what, told, code) => {
  answer = told;
  await expect(client().read('/x', undefined)).rejects.toMatchObject({ code });
});

it('says so where nobody answers', async () => {
  await expect(client('http://127.0.0.1:1').read('/x', undefined)).rejects.toMatchObject({ code: 'comparator-away' });
});
