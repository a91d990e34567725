// The users are simulated: who they are, and how likely they click. The films and their ratings are real; whether a real person would have clicked is not known.
import { type Film } from './catalogue';
import { hash32, type Random } from './random';

export type Device = 'phone' | 'desktop';

export interface User {
  readonly name: string;
  readonly device: Device;
  readonly genre: string;
}

export const userCount = 5_000;

/** A user is always the same one: device and favourite genre follow from the name. */
export function userOf(number: number, genres: readonly string[]): User {
  const name = `user-${number}`;
  const device = hash32(`${name}/device`) % 100 < 30 ? 'phone' : 'desktop';
  return { name, device, genre: genres[hash32(`${name}/genre`) % genres.length] ?? '' };
}

/**
 * The probability of a click on any of the films. On a phone, in passing, one clicks what one knows (votes); at a desk what is good (rating) and of one's own
 * genre. Each film is clicked on its own.
 */
export function clickProbability({ device, genre }: User, films: readonly Film[]): number {
  const none = films.reduce((product, film) => product * (1 - appeal(device, genre, film)), 1);
  return 1 - none;
}

function appeal(device: Device, genre: string, film: Film): number {
  const known = Math.min(1, Math.log10(1 + film.votes) / 5.5);
  const good = Math.min(1, Math.max(0, (film.rating - 5) / 4));
  const own = film.genre === genre ? 1 : 0;
  return device === 'phone' ? 0.002 + 0.06 * known ** 6 : 0.002 + 0.025 * good ** 2 + 0.045 * own * good;
}

/** Most of those who click do so within seconds, a few after the metric has stopped waiting. */
export function clickDelayMs(random: Random): number {
  return Math.min(30_000, -Math.log(1 - random()) * 2_500);
}
