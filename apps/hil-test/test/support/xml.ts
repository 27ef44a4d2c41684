/** One element of a document. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
/** Char of XML 1.0 §2.2. */
const NO_CHAR = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;
const ATTRIBUTE = /\s+([A-Za-z][\w-]*)="([^"<]*)"/y;

function unescaped(text: string): string {
  return text.replace(/&([^;]*;?)/g, (_, entity: string) => {
    const value = entity.endsWith(';') ? ENTITIES[entity.slice(0, -1)] : undefined;
    if (value === undefined) throw new Error(`not well formed: &${entity}`);
    return value;
  });
}

function attributesOf(source: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  ATTRIBUTE.lastIndex = 0;
  let end = 0;
  for (let match = ATTRIBUTE.exec(source); match !== null; match = ATTRIBUTE.exec(source)) {
    const [, name = '', value = ''] = match;
    if (Object.hasOwn(attributes, name)) throw new Error(`not well formed: attribute ${name} twice`);
    attributes[name] = unescaped(value);
    end = ATTRIBUTE.lastIndex;
  }
  if (source.slice(end).trim() !== '') throw new Error(`not well formed: ${source.slice(end)}`);
  return attributes;
}

/**
 * A strict parser for the subset that the writers use: elements, attributes in double
 * quotes, text, five entities. What is outside of it is an error.
 */
export function parseXml(document: string): XmlElement {
  if (NO_CHAR.test(document)) throw new Error('not well formed: a character that XML does not know');
  const body = document.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '').trim();
  const root: XmlElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  let at = 0;
  while (at < body.length) {
    const current = open.at(-1)!;
    if (body[at] !== '<') {
      const end = body.indexOf('<', at);
      const text = body.slice(at, end === -1 ? undefined : end);
      if (open.length === 1) throw new Error('not well formed: text outside of the root');
      current.text += unescaped(text);
      at += text.length;
      continue;
    }
    const tag = /^<(\/?)([A-Za-z][\w-]*)((?:[^"'<>]|"[^"<]*")*?)(\/?)>/.exec(body.slice(at));
    if (tag === null) throw new Error(`not well formed: ${body.slice(at, at + 80)}`);
    const [whole, closing, name = '', rest = '', empty] = tag;
    at += whole.length;
    if (closing === '/') {
      if (open.pop()?.name !== name) throw new Error(`not well formed: </${name}>`);
      continue;
    }
    const element: XmlElement = { name, attributes: attributesOf(rest), children: [], text: '' };
    current.children.push(element);
    if (empty !== '/') open.push(element);
  }
  if (open.length !== 1 || root.children.length !== 1) throw new Error('not well formed: one root, closed');
  return root.children[0]!;
}

/** All elements with this name, in the order of the document. */
export const elements = (root: XmlElement, name: string): XmlElement[] => [
  ...(root.name === name ? [root] : []),
  ...root.children.flatMap((child) => elements(child, name)),
];
