// Comments link to error classes from files that have no reason to import them. This plug-in
// resolves their names wherever they stand; every other unknown name stays a warning.
import { ReflectionKind } from 'typedoc';

const SHARED = new Set(['SmError', 'TeecError', 'TeeError']);

export function load(app) {
  app.converter.addUnknownSymbolResolver((reference, reflection) => {
    const [part, ...rest] = reference.symbolReference?.path ?? [];
    if (part === undefined || rest.length > 0 || !SHARED.has(part.path)) return undefined;
    const target = reflection.project
      .getReflectionsByKind(ReflectionKind.Class)
      .find((candidate) => candidate.name === part.path);
    return target === undefined ? undefined : { target, caption: part.path };
  });
}
