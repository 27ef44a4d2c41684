/** Steps of one letter between two words; bounded by the length of the words of a command. */
function distance(a: string, b: string): number {
  let before = [...Array(b.length + 1).keys()];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = before[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, before[j]! + 1, row[j - 1]! + 1));
    }
    before = row;
  }
  return before[b.length]!;
}

const MAX_TYPED = 64;
const MAX_NEAR = 8;

/** Names that were probably meant: those that begin so, else the nearest. */
export function near(typed: string, names: readonly string[]): string[] {
  const text = typed.slice(0, MAX_TYPED);
  const longer = names.filter((name) => name.startsWith(`${text} `));
  if (longer.length > 0) return longer.slice(0, MAX_NEAR);
  const rated = names
    .map((name) => ({
      name,
      off: Math.min(distance(text, name), distance(text.split(' ').slice(0, 2).join(' '), name)),
    }))
    .filter(({ off }) => off <= 3)
    .sort((a, b) => a.off - b.off);
  return rated.slice(0, MAX_NEAR).map(({ name }) => name);
}
