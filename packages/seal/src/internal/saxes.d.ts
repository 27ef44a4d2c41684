// The part of saxes this package uses. Its own declarations do not check under
// `exactOptionalPropertyTypes`; tsconfig.json maps the name to this file.

export interface SaxesAttributeNS {
  local: string;
  uri: string;
  value: string;
}

export interface SaxesTagNS {
  local: string;
  prefix: string;
  uri: string;
  attributes: Record<string, SaxesAttributeNS>;
}

interface Handlers {
  error: (error: Error) => void;
  doctype: (doctype: string) => void;
  processinginstruction: (data: { target: string; body: string }) => void;
  xmldecl: (declaration: { version?: string; encoding?: string }) => void;
  opentag: (tag: SaxesTagNS) => void;
  closetag: (tag: SaxesTagNS) => void;
  text: (text: string) => void;
  cdata: (text: string) => void;
  comment: (text: string) => void;
}

export declare class SaxesParser<O extends { xmlns: true; position: true }> {
  constructor(options: O);
  get position(): number;
  on<Name extends keyof Handlers>(name: Name, handler: Handlers[Name]): void;
  write(text: string): this;
  close(): this;
}
