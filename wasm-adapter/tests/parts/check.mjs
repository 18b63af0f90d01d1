// A check of a part: a sentence, and whether it is so. What else a part finds out stands in a note.

/** Runs the checks, each a sentence and a function that throws where it does not hold and may give a note. */
export async function check(sentences) {
  const results = [];
  for (const [name, body] of Object.entries(sentences)) {
    try {
      results.push({ name, ok: true, note: await body() });
    } catch (error) {
      results.push({ name, ok: false, error: `${error?.stack ?? error}` });
    }
  }
  return results;
}
