// A document as people read it: a line for each segment and subsegment, and when it was at work.

const WIDTH = 32;

export function waterfall(document) {
  const { start_time: begin, end_time: end } = document;
  const lines = [`trace ${document.trace_id}`];
  const draw = (entity, depth) => {
    const at = (time) => Math.round(((time - begin) / (end - begin || 1)) * (WIDTH - 1));
    const from = at(entity.start_time);
    const bar = `${" ".repeat(from)}${"█".repeat(at(entity.end_time) - from + 1)}`.padEnd(WIDTH);
    const took = `${((entity.end_time - entity.start_time) * 1_000).toFixed(1)} ms`;
    lines.push(`${`${"  ".repeat(depth)}${entity.name}`.padEnd(24)} ${took.padStart(9)}  ${bar}  ${said(entity)}`.trimEnd());
    for (const subsegment of entity.subsegments ?? []) {
      draw(subsegment, depth + 1);
    }
  };
  draw(document, 1);
  return `${lines.join("\n")}\n`;
}

/** What else there is to read in it. */
function said({ http, annotations = {}, cause, fault, error }) {
  const words = [http?.request?.method, http?.request?.url, http?.response?.status];
  words.push(...Object.entries(annotations).map(([key, value]) => `${key}=${value}`));
  words.push(fault && "FAULT", error && "ERROR");
  words.push(...(cause?.exceptions ?? []).map(({ type, message }) => `${type}: ${message}`));
  return words.filter(Boolean).join(" ");
}
