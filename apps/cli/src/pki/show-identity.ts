import { IDENTITY_LABELS, type IdentityItem } from '@cssi/pki';
import type { JsonValue } from '@cssi/sm-core';
import { type Entry, label } from './entry.ts';
import { DOCUMENTS, labelIn, PERSONAL_KINDS } from './labels.ts';
import { type Privacy, personal, valueBytes } from './names.ts';
import { masked } from './text.ts';

/** The number of an identity extension, hidden when it is a person's. */
function identityText({ kind, value, raw }: IdentityItem, privacy: Privacy): string {
  const hide = PERSONAL_KINDS.has(kind) && !privacy.showIdentity;
  if (value === undefined) return hide ? `*** (${raw.length} bytes)` : valueBytes(raw, privacy);
  return hide ? masked(value) : personal(value, privacy);
}

/** Entries of identity extensions. */
export const identityEntries = (items: readonly IdentityItem[], privacy: Privacy): Entry[] =>
  items.map((item) => {
    const { zh, en } = labelIn(IDENTITY_LABELS, item.kind);
    const notes = [
      ...(item.document === undefined ? [] : [labelIn(DOCUMENTS, item.document)]),
      ...(item.legacy ? [label('旧标识弧', 'older arc')] : []),
    ];
    const suffix = (language: 'zh' | 'en') => notes.map((note) => ` [${note[language]}]`).join('');
    return {
      label: label(`${zh}${suffix('zh')}`, `${en}${suffix('en')}`),
      value: identityText(item, privacy),
    };
  });

/** Identity extensions for JSON. */
export const identityJson = (items: readonly IdentityItem[], privacy: Privacy): JsonValue =>
  items.map((item) => ({
    oid: item.oid,
    kind: item.kind,
    value: identityText(item, privacy),
    document: item.document ?? null,
    legacy: item.legacy,
  }));
