/** What a flag of a file stands for: the bug that its cases catch. */
export interface Note {
  readonly bugType: string;
  readonly description: string;
  readonly clause?: string;
}

export type Result = 'valid' | 'invalid' | 'acceptable';
export type Value = string | number | boolean | readonly Value[] | { readonly [name: string]: Value };
type Fields = { readonly [name: string]: Value };

interface Group {
  readonly type: string;
  readonly fields: Fields;
  readonly tests: Fields[];
}

/** Builds one file in the shape of Wycheproof. */
export class VectorFileBuilder<Flag extends string> {
  readonly path: string;
  readonly #head: Fields;
  readonly #notes: Readonly<Record<Flag, Note>>;
  readonly #groups: Group[] = [];
  readonly #used = new Set<string>();
  #count = 0;

  /** @param path - below `vectors`; the schema has the same name */
  constructor(
    path: string,
    algorithm: string,
    header: readonly string[],
    verifiedBy: readonly string[],
    notes: Readonly<Record<Flag, Note>>,
  ) {
    this.path = path;
    const name = path.slice(path.lastIndexOf('/') + 1, -'.json'.length);
    this.#head = { algorithm, schema: `${name}.schema.json`, numberOfTests: 0, header, verifiedBy };
    this.#notes = notes;
  }

  /** A group; later cases go into it. Fields of the group hold for each of its cases. */
  group(type: string, fields: Fields = {}): this {
    this.#groups.push({ type, fields, tests: [] });
    return this;
  }

  test(comment: string, flags: readonly Flag[], fields: Fields, result: Result = 'valid'): this {
    for (const flag of flags) this.#used.add(flag);
    this.#groups.at(-1)!.tests.push({ tcId: ++this.#count, comment, flags, ...fields, result });
    return this;
  }

  /** The text of the file, formatted as the formatter of the repository does. */
  text(): string {
    const unused = Object.keys(this.#notes).filter((flag) => !this.#used.has(flag));
    if (unused.length > 0) throw new Error(`${this.path}: no case has the flag ${unused.join(', ')}`);
    const groups = this.#groups.filter(({ tests }) => tests.length > 0);
    return `${write(
      {
        ...this.#head,
        numberOfTests: this.#count,
        notes: this.#notes as unknown as Fields,
        testGroups: groups.map(({ type, fields, tests }) => ({ type, ...fields, tests })),
      },
      '',
    )}\n`;
  }
}

const LINE = 110;

/** JSON as the formatter of the repository writes it. */
export function write(value: Value, indent: string, before = 0): string {
  if (typeof value !== 'object') return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items = (value as readonly Value[]).map((item) => write(item, inner));
    const line = `[${items.join(', ')}]`;
    const objects = items.some((item) => item.includes('\n'));
    if (items.length === 0 || (!objects && indent.length + before + line.length < LINE)) return line;
    return `[\n${items.map((item) => inner + item).join(',\n')}\n${indent}]`;
  }
  const members = Object.entries(value).map(([name, member]) => {
    const label = `${JSON.stringify(name)}: `;
    return inner + label + write(member as Value, inner, label.length);
  });
  return `{\n${members.join(',\n')}\n${indent}}`;
}
