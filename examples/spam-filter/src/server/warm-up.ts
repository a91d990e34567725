// Made-up mails that a server answers to itself before it says that it is ready: the first real mail meets compiled code.
import { request } from 'undici';

const words =
  'meeting offer list click free project money kernel report winner thanks patch credit dollars guarantee mailing'.split(
    ' ',
  );
/** Enough for the compiler to have seen the path often; bounded for a version that is slow. */
const most = 400;
const longestMs = 1_500;

export async function warmUp(url: string, model: string): Promise<void> {
  const until = performance.now() + longestMs;
  for (let index = 0; index < most && performance.now() < until; index++) {
    const body = JSON.stringify({
      inputs: [{ name: 'text', datatype: 'BYTES', shape: [1], data: [inventMail(index)] }],
    });
    const response = await request(`${url}/v2/models/${model}/infer`, { method: 'POST', body });
    await response.body.dump();
  }
}

export function inventMail(index: number): string {
  const text = Array.from(
    { length: 200 + (index % 7) * 150 },
    (_, word) => words[(word * (index + 3)) % words.length],
  ).join(' ');
  const subject = `Subject: ${words[index % words.length]} ${index}`;
  if (index % 3 === 0)
    return `From: a@example.org\n${subject}\nContent-Type: text/html\n\n<html><body><p>${text}</p></body></html>\n`;
  if (index % 3 === 1) return `From: a@example.org\n${subject}\nIn-Reply-To: <1@example.org>\n\n${text}\n`;
  return `From: a@example.org\n${subject}\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n${text}=20=E2=82=AC\n`;
}
