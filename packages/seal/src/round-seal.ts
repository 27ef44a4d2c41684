import { utf8 } from '@cssi/sm-core';
import { SEAL_ERRORS } from './errors.ts';
import { escapeXml } from './internal/xml-write.ts';
import type { SealPicture } from './spec/v1/structures.ts';

/** What a round seal shows. @group Seal */
export interface RoundSealSpec {
  /** Text along the rim, 1 to 40 characters. */
  readonly name: string;
  /** Diameter in millimetres, 20 to 60; 40 when left out. */
  readonly diameterMm?: number;
}

/** Five-pointed star of outer radius 1 around the origin. */
function star(radius: number): string {
  const points: string[] = [];
  for (let i = 0; i < 10; i++) {
    const r = i % 2 === 0 ? radius : radius * 0.382;
    const angle = (Math.PI * i) / 5;
    points.push(`${(r * Math.sin(angle)).toFixed(2)},${(-r * Math.cos(angle)).toFixed(2)}`);
  }
  return points.join(' ');
}

/**
 * Draws a plain round seal (圆形印章) with a star as SVG. Each character is placed
 * by itself, because many readers do not know text on a path.
 *
 * @throws {@link SmError} ERR_SEAL_PARAMETER, ERR_OFD_TEXT
 */
export function drawRoundSeal(spec: RoundSealSpec): SealPicture {
  const diameter = spec.diameterMm ?? 40;
  const characters = typeof spec.name === 'string' ? [...spec.name] : [];
  if (characters.length === 0 || characters.length > 40) {
    throw SEAL_ERRORS.create('ERR_SEAL_PARAMETER', { detail: 'parameter=name' });
  }
  if (!Number.isInteger(diameter) || diameter < 20 || diameter > 60) {
    throw SEAL_ERRORS.create('ERR_SEAL_PARAMETER', { detail: 'parameter=diameterMm' });
  }
  const step = Math.min(24, 260 / Math.max(1, characters.length - 1));
  const size = Math.min(14, (step * Math.PI * 38) / 180 + 2);
  const texts = characters.map((character, index) => {
    const angle = ((index - (characters.length - 1) / 2) * step).toFixed(2);
    return `<text y="-34" transform="rotate(${angle})">${escapeXml(character)}</text>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${diameter}mm" height="${diameter}mm" viewBox="-50 -50 100 100"><g fill="#d00000"><circle r="48" fill="none" stroke="#d00000" stroke-width="2.5"/><polygon points="${star(15)}"/><g font-family="SimSun,serif" font-size="${size.toFixed(2)}" text-anchor="middle">${texts.join('')}</g></g></svg>`;
  return { type: 'SVG', data: utf8(svg), widthMm: diameter, heightMm: diameter };
}
