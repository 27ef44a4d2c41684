import type { MessageImprint, TimeStampAccuracy, TimeStampInfo } from '@cssi/pki/timestamp';
import { type JsonValue, toHex } from '@cssi/sm-core';
import { childrenOf, elementAt } from './asn1.ts';
import { type Entry, entry, label } from './entry.ts';
import { timeText } from './moments.ts';
import { nameText, type Privacy } from './names.ts';
import { oidText } from './oid-names.ts';

/** Hash and digest of an imprint. */
export const imprintEntries = ({ hash, digest }: MessageImprint): Entry[] => [
  ...entry(label('杂凑算法', 'Hash'), hash),
  ...entry(label('消息摘要', 'Imprint'), toHex(digest)),
];

function accuracyText({ seconds = 0, millis = 0, micros = 0 }: TimeStampAccuracy): string {
  const parts = [
    `${seconds} s`,
    ...(millis > 0 ? [`${millis} ms`] : []),
    ...(micros > 0 ? [`${micros} µs`] : []),
  ];
  return `± ${parts.join(' ')}`;
}

/** The authority's name as it stands in the token; other kinds of names are left out. */
function authorityName(raw: Uint8Array | undefined, privacy: Privacy): string | undefined {
  if (raw === undefined) return undefined;
  const element = elementAt(raw, 0);
  const name = element?.tag === 0xa4 ? childrenOf(element)[0] : undefined;
  return name === undefined ? undefined : nameText(name.raw, privacy);
}

/** What a time stamp states. */
export const timeStampEntries = (info: TimeStampInfo, privacy: Privacy): Entry[] => [
  ...entry(label('时间', 'Time'), [timeText(info.time), info.timeText]),
  ...entry(
    label('精度', 'Accuracy'),
    info.accuracy === undefined ? label('未声明', 'not stated') : accuracyText(info.accuracy),
  ),
  ...imprintEntries(info.imprint),
  ...entry(label('策略', 'Policy'), oidText(info.policy)),
  ...entry(label('序列号', 'Serial number'), toHex(info.serial)),
  ...entry(label('随机数', 'Nonce'), info.nonce?.toString(16)),
  ...entry(label('时间戳机构', 'Authority'), authorityName(info.tsaRaw, privacy)),
];

/** The same for JSON. */
export const timeStampJson = (info: TimeStampInfo): Record<string, JsonValue> => ({
  time: info.time.toISOString(),
  timeText: info.timeText,
  accuracy: info.accuracy === undefined ? null : { ...info.accuracy },
  hash: info.imprint.hash,
  imprint: toHex(info.imprint.digest),
  policy: info.policy,
  serial: toHex(info.serial),
  nonce: info.nonce?.toString(16) ?? null,
  ordering: info.ordering,
});
