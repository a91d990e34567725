// The three versions, served: the films that they give on real data, and the protocol.
import { genresOf, readCatalogue } from './catalogue';
import { recommenderOf, versionNames, type VersionName } from './recommenders';
import { answer, startServer } from './server';
import { clickProbability, userOf } from './users';

const films = readCatalogue();
const genres = genresOf(films);
const recommenders = Object.fromEntries(
  versionNames.map((version) => [version, recommenderOf(version, films)]),
) as Record<VersionName, ReturnType<typeof recommenderOf>>;
const body = (user: string, genre: string) =>
  JSON.stringify({
    id: '7',
    inputs: [
      ['user', user],
      ['genre', genre],
    ].map(([name, data]) => ({ name, shape: [1], datatype: 'BYTES', data: [data] })),
  });
const serving = { version: 'v2', recommend: recommenders.v2 };

describe('the catalogue', () => {
  it('holds real films that can be compared, none twice', () => {
    expect(films.length).toBeGreaterThan(1_000);
    expect(new Set(films.map(({ title }) => title)).size).toBe(films.length);
    for (const { rating, votes, year } of films) {
      expect(rating).toBeGreaterThanOrEqual(1);
      expect(rating).toBeLessThanOrEqual(10);
      expect(votes).toBeGreaterThan(0);
      expect(year).toBeGreaterThan(1900);
    }
    expect(genres.length).toBeGreaterThan(3);
  });
});

describe('the recommenders', () => {
  it.each(versionNames)('%s gives five films, the same to the same user, others to others', (version) => {
    const lists = ['ada', 'bob', 'cy'].map((user) =>
      recommenders[version]({ user, genre: 'Comedy' }).map(({ title }) => title),
    );
    for (const titles of lists) expect(new Set(titles).size).toBe(5);
    expect(recommenders[version]({ user: 'ada', genre: 'Comedy' }).map(({ title }) => title)).toEqual(lists[0]);
    expect(new Set(lists.map((titles) => titles.join())).size).toBeGreaterThan(1);
  });

  it('v2 keeps to the genre where it knows it', () => {
    for (const genre of genres)
      expect(new Set(recommenders.v2({ user: 'ada', genre }).map((film) => film.genre))).toEqual(new Set([genre]));
    expect(recommenders.v2({ user: 'ada', genre: 'none' })).toHaveLength(5);
  });

  it('which one is best depends on the device; the newest is best nowhere, and over all v2 is', () => {
    const chances = Array.from({ length: 400 }, (_, number) => userOf(number, genres)).map((user) => ({
      device: user.device,
      of: versionNames.map((version) =>
        clickProbability(user, recommenders[version]({ user: user.name, genre: user.genre })),
      ),
    }));
    const meansOf = (wanted?: string): number[] => {
      const own = chances.filter(({ device }) => wanted === undefined || device === wanted);
      return versionNames.map((_, index) => own.reduce((sum, { of }) => sum + (of[index] ?? 0), 0) / own.length);
    };
    const [phone, desktop, all] = [meansOf('phone'), meansOf('desktop'), meansOf()];
    console.info(
      `clicks expected of v1, v2, v3: phone ${phone.map((p) => p.toFixed(3)).join(' ')}, desktop ${desktop.map((p) => p.toFixed(3)).join(' ')}, all ${all.map((p) => p.toFixed(3)).join(' ')}`,
    );
    const best = (means: readonly number[]) => versionNames[means.indexOf(Math.max(...means))];
    expect([best(phone), best(desktop), best(all)]).toEqual(['v1', 'v2', 'v2']);
    for (const means of [phone, desktop]) expect(means[2]).toBeLessThan(0.7 * Math.max(...means));
  });
});

describe('the server', () => {
  it('answers as the Open Inference Protocol has it', () => {
    const { status, body: said } = answer(serving, 'POST', '/v2/models/recommender/infer', body('ada', 'Drama'));
    expect(status).toBe(200);
    expect(said).toMatchObject({
      model_name: 'recommender',
      model_version: 'v2',
      id: '7',
      outputs: [{ name: 'titles', datatype: 'BYTES', shape: [5] }],
    });
    expect(answer(serving, 'GET', '/v2/health/ready', '').status).toBe(200);
    expect(answer(serving, 'GET', '/v2/models/recommender/ready', '').status).toBe(200);
    expect(answer(serving, 'GET', '/v2/models/recommender', '').body).toMatchObject({ versions: ['v2'] });
  });

  it.each([
    ['another model', 'POST', '/v2/models/other/infer', body('a', 'b'), 404],
    ['another method', 'GET', '/v2/models/recommender/infer', '', 405],
    ['what is no JSON', 'POST', '/v2/models/recommender/infer', '{', 400],
    ['other inputs', 'POST', '/v2/models/recommender/infer', '{"inputs":[]}', 400],
  ])('refuses %s', (_, method, path, text, status) => {
    expect(answer(serving, method, path, text).status).toBe(status);
  });

  it('listens, answers and ends', async () => {
    const server = await startServer(serving, { port: 0, host: '127.0.0.1' });
    try {
      const response = await fetch(`${server.url}/v2/models/recommender/infer`, {
        method: 'POST',
        body: body('ada', 'Drama'),
      });
      expect([response.status, ((await response.json()) as { model_version: string }).model_version]).toEqual([
        200,
        'v2',
      ]);
    } finally {
      await server.close();
    }
  });
});
