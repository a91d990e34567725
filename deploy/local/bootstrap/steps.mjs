// What a person sees: one line a step, saying what was done and how long it took.
const titleWidth = 56;
const quietMs = 10_000;
const redrawMs = 120;
const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

export function createSteps(out) {
  const live = Boolean(out.isTTY) && !process.env.CI && process.env.TERM !== 'dumb';
  const running = new Map();
  let frame = 0;
  let ticking;

  const clear = () => live && out.write('\r\x1b[K');
  const print = (line) => {
    clear();
    out.write(`${line}\n`);
    draw();
  };
  const draw = () => {
    if (!live || running.size === 0) return;
    const titles = [...running.values()].map((step) => step.detail).join(', ');
    const oldest = Math.min(...[...running.values()].map((step) => step.since));
    const line = `  ${frames[frame % frames.length]} ${titles} (${spell(Date.now() - oldest)})`;
    out.write(`\r\x1b[K${line.slice(0, (out.columns ?? 100) - 1)}`);
  };
  const tick = () => {
    frame += 1;
    draw();
    if (live) return;
    for (const step of running.values()) {
      const elapsed = Date.now() - step.since;
      if (elapsed < step.nextNoteMs) continue;
      step.nextNoteMs *= 3;
      out.write(`  … ${step.detail} (${spell(elapsed)})\n`);
    }
  };

  /** Runs `work` as a step; it may sharpen the step's words by `say`. What it throws ends the step as failed. */
  async function step(title, work) {
    const entry = { detail: title, since: Date.now(), nextNoteMs: quietMs };
    const key = Symbol(title);
    running.set(key, entry);
    ticking ??= setInterval(tick, redrawMs);
    draw();
    const end = (mark) => {
      running.delete(key);
      if (running.size === 0) ticking = void clearInterval(ticking);
      print(`  ${mark} ${entry.detail.padEnd(titleWidth)} ${spell(Date.now() - entry.since).padStart(9)}`);
    };
    try {
      const result = await work((detail) => (entry.detail = detail));
      end('✓');
      return result;
    } catch (error) {
      end('✗');
      throw error;
    }
  }

  return { step, say: (line) => print(line), clear };
}

/** 0.4 s, 12 s, 3 min 05 s. */
export function spell(ms) {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}
