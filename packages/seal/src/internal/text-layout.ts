/** One line of text with the advance of each of its characters but the last, in millimetres. */
export interface TextRun {
  readonly text: string;
  readonly advances: readonly number[];
  readonly width: number;
}

/** Advance of one character: half an em for Latin letters, a full em for the rest. */
function advance(character: string, size: number): number {
  return character.codePointAt(0)! < 0x2e80 ? size / 2 : size;
}

/** Breaks `text` into runs no wider than `width`; an empty text gives one empty run. */
export function wrapText(text: string, size: number, width: number): TextRun[] {
  const runs: TextRun[] = [];
  let characters: string[] = [];
  let advances: number[] = [];
  let used = 0;
  const flush = () => {
    runs.push({ text: characters.join(''), advances: advances.slice(0, -1), width: used });
    characters = [];
    advances = [];
    used = 0;
  };
  for (const character of text.replaceAll('\t', '    ')) {
    const step = advance(character, size);
    if (used + step > width && characters.length > 0) flush();
    characters.push(character);
    advances.push(step);
    used += step;
  }
  flush();
  return runs;
}
