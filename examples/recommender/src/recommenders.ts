// The three versions. Each takes a user's name and favourite genre and gives five films.
import { genresOf, type Film } from './catalogue';
import { hash32 } from './random';

export const versionNames = ['v1', 'v2', 'v3'] as const;
export type VersionName = (typeof versionNames)[number];

export interface Asked {
  readonly user: string;
  readonly genre: string;
}

export type Recommend = (asked: Asked) => readonly Film[];

const places = 5;
/** Of how many the five are chosen, by the user's name: nobody sees the same five for ever, everybody the same again. */
const poolSize = 30;

export function recommenderOf(version: VersionName, films: readonly Film[]): Recommend {
  switch (version) {
    case 'v1': {
      const pool = top(films, ({ votes }) => votes);
      return ({ user }) => chosenFrom(pool, user);
    }
    case 'v2': {
      const worth = shrunkRating(films);
      const pools = new Map(
        genresOf(films).map((genre) => [
          genre,
          top(
            films.filter((film) => film.genre === genre),
            worth,
          ),
        ]),
      );
      const others = top(films, worth);
      return ({ user, genre }) => chosenFrom(pools.get(genre) ?? others, user);
    }
    case 'v3': {
      const pool = top(films, ({ year, votes }) => year - 1 / (1 + votes));
      return ({ user }) => chosenFrom(pool, user);
    }
  }
}

/** A rating of few votes is drawn towards the mean of all: a film with three tens is not the best. */
function shrunkRating(films: readonly Film[]): (film: Film) => number {
  const mean = films.reduce((sum, { rating }) => sum + rating, 0) / films.length;
  const weight = 5_000;
  return ({ rating, votes }) => (rating * votes + mean * weight) / (votes + weight);
}

function top(films: readonly Film[], worth: (film: Film) => number): Film[] {
  return [...films].sort((a, b) => worth(b) - worth(a) || (a.title < b.title ? -1 : 1)).slice(0, poolSize);
}

function chosenFrom(pool: readonly Film[], user: string): Film[] {
  const ranked = pool.map((film) => ({ film, key: hash32(`${user}/${film.title}`) }));
  return ranked
    .sort((a, b) => a.key - b.key)
    .slice(0, places)
    .map(({ film }) => film);
}
