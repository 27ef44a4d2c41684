import { CONFIDENTIAL_QUERY_LIMITS as LIMITS } from '../../spec/v1/confidential-query.ts';
import type { ColumnDeclaration, Release } from '../../spec/v1/query-types.ts';
import type { Tee } from '../../ta/index.ts';
import type { Json, JsonReader } from '../../ta/json.ts';
import { LABEL } from './declaration.ts';
import { documentReader, refuse } from './refusal.ts';

/** Finds a declared column by its reference. */
export interface ColumnSource {
  column(value: Json | undefined): { readonly declaration: ColumnDeclaration };
}

/** Reads how a column leaves, and whether it may. */
export function readRelease(tee: Tee, columns: ColumnSource, value: Json): Release {
  const json = documentReader(tee);
  const transform = json.oneOf((value as { transform?: Json } | null)?.transform, [
    'clear',
    'month',
    'year',
    'mask',
    'round',
    'grid',
    'generalise',
  ]);
  const more: Readonly<Record<string, readonly string[]>> = {
    mask: ['keepStart', 'keepEnd'],
    round: ['step'],
    grid: ['step'],
    generalise: ['groups'],
  };
  const fields = json.object<string>(value, ['column', 'transform', ...(more[transform] ?? [])]);
  const column = fields.column as string;
  const { declaration } = columns.column(column);
  const clear = transform === 'clear';
  if (declaration.class !== 'public' && (clear || declaration.class !== 'internal')) {
    throw refuse(tee, 'POLICY');
  }
  const types: Readonly<Record<string, readonly string[]>> = {
    month: ['date'],
    year: ['date'],
    mask: ['text'],
    round: ['int', 'decimal'],
    grid: ['geo'],
    generalise: ['category'],
  };
  if (!clear && !(types[transform] ?? []).includes(declaration.type)) throw json.fail();
  switch (transform) {
    case 'mask': {
      const keepStart = json.integer(fields.keepStart, 0, LIMITS.text);
      return { column, transform, keepStart, keepEnd: json.integer(fields.keepEnd, 0, LIMITS.text) };
    }
    case 'round':
    case 'grid':
      return { column, transform, step: json.integer(fields.step, 2, LIMITS.value) };
    case 'generalise':
      return { column, transform, groups: readGroups(json, fields.groups, declaration) };
    default:
      return { column, transform };
  }
}

/** Groups that hold every declared value once: a value left out would tell itself. */
function readGroups(json: JsonReader, value: Json | undefined, declaration: ColumnDeclaration) {
  const groups = json.list(value, 1, LIMITS.categories).map((item) => {
    const fields = json.object(item, ['label', 'values']);
    return {
      label: json.text(fields.label, LABEL),
      values: json.distinct(fields.values, 1, LIMITS.categories, (one) => json.text(one, LABEL)),
    };
  });
  const all = groups.flatMap(({ values }) => values);
  const declared = declaration.type === 'category' ? declaration.values : [];
  if (all.length !== declared.length || !declared.every((one) => all.includes(one))) throw json.fail();
  return groups;
}
