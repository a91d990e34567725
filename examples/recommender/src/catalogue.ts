// Real films with the ratings that people gave them: PROVENANCE.md says whence.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

export interface Film {
  readonly title: string;
  readonly genre: string;
  /** 1 to 10, the mean of `votes` people. */
  readonly rating: number;
  readonly votes: number;
  readonly year: number;
}

const rows = z.array(
  z.object({
    Title: z.union([z.string(), z.number()]).nullable(),
    'Major Genre': z.string().nullable(),
    'IMDB Rating': z.number().nullable(),
    'IMDB Votes': z.number().nullable(),
    'Release Date': z.string().nullable(),
  }),
);

/** Those that have all of it; the others cannot be compared. */
export function readCatalogue(): Film[] {
  // the package names its program alone; its data lie beside that
  const text = readFileSync(join(dirname(require.resolve('vega-datasets')), '..', 'data', 'movies.json'), 'utf8');
  const films = rows.parse(JSON.parse(text)).flatMap((row): Film[] => {
    const { Title: title, 'Major Genre': genre, 'IMDB Rating': rating, 'IMDB Votes': votes } = row;
    const year = yearOf(row['Release Date'] ?? '');
    if (title === null || genre === null || rating === null || votes === null || year === undefined) return [];
    return [{ title: String(title), genre, rating, votes, year }];
  });
  return [...new Map(films.map((film) => [film.title, film])).values()];
}

/** Years beyond the data's own (2046 for 1946) are slips of two digits. */
function yearOf(date: string): number | undefined {
  const year = Number(/(\d{4})/.exec(date)?.[1]);
  if (!Number.isFinite(year)) return undefined;
  return year > 2011 ? year - 100 : year;
}

/** Genres with enough films to recommend from, the most frequent first. */
export function genresOf(films: readonly Film[]): string[] {
  const counts = new Map<string, number>();
  for (const { genre } of films) counts.set(genre, (counts.get(genre) ?? 0) + 1);
  const frequent = [...counts].filter(([, count]) => count >= 50);
  return frequent.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([genre]) => genre);
}
