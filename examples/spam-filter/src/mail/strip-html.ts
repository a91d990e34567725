// The words that a reader of an HTML mail would see. One pass from left to right, so that no mail can make it slow.

const hidden = ['script', 'style', 'title'];
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ', apos: "'" };

export function stripHtml(html: string): string {
  const lower = html.toLowerCase(); // once: inside the loop it would make the loop quadratic
  const pieces: string[] = [];
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    if (open < 0) break;
    pieces.push(html.slice(at, open));
    at = endOfMarkup(lower, open);
  }
  pieces.push(html.slice(at));
  return decodeEntities(pieces.join(' '));
}

function endOfMarkup(lower: string, open: number): number {
  if (lower.startsWith('<!--', open)) return after(lower, '-->', open);
  const element = hidden.find((name) => lower.startsWith(name, open + 1));
  return after(lower, '>', element ? lower.indexOf(`</${element}`, open) : open);
}

/** What never ends reaches to the end of the mail. */
function after(text: string, mark: string, from: number): number {
  const found = from < 0 ? -1 : text.indexOf(mark, from);
  return found < 0 ? text.length : found + mark.length;
}

function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi,
    (all, decimal, hex, name: string | undefined) => {
      if (name) return entities[name.toLowerCase()] ?? all;
      const code = decimal ? Number(decimal) : Number.parseInt(String(hex), 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : all;
    },
  );
}
