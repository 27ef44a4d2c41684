import { type Label, label } from './entry.ts';

const DAY = 86_400_000;

/** A time as people read it, UTC. */
export const timeText = (time: Date): string =>
  time
    .toISOString()
    .replace('T', ' ')
    .replace(/\.000Z$/, 'Z');

const days = (from: Date, to: Date): number => Math.floor((to.getTime() - from.getTime()) / DAY);

/** Where a time lies in a period: days left, days since, days until. */
export function periodText(notBefore: Date, notAfter: Date, now: Date): Label {
  if (now < notBefore) {
    const n = days(now, notBefore);
    return label(`尚未生效，${n} 天后生效`, `not valid yet, for ${n} more days`);
  }
  if (now > notAfter) {
    const n = days(notAfter, now);
    return label(`已过期 ${n} 天`, `expired ${n} days ago`);
  }
  const n = days(now, notAfter);
  return label(`有效，剩余 ${n} 天`, `valid, ${n} days left`);
}

/** Whether data of revocation is current. */
export function currencyText(nextUpdate: Date | undefined, now: Date): Label {
  if (nextUpdate === undefined) return label('未注明下次更新', 'next update not stated');
  const n = Math.abs(days(now, nextUpdate));
  return now > nextUpdate
    ? label('已超过下次更新时间', 'past its next update')
    : label(`下次更新在 ${n} 天后`, `next update in ${n} days`);
}
