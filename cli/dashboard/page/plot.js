/** The arithmetic of charts: for the page, and for the picture of a release. */

/**
 * Round numbers from 0 to at least `most`.
 * @param {number} most
 * @param {number} about how many there should be
 * @returns {number[]}
 */
export function ticks(most, about) {
  const rough = Math.max(most, Number.EPSILON) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10) * power;
  const count = Math.max(1, Math.ceil(most / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

/**
 * Where a value of a domain lies in a range of pixels.
 * @param {[number, number]} domain
 * @param {[number, number]} range
 * @returns {(value: number) => number}
 */
export function scale([from, to], [start, end]) {
  return (value) => start + ((value - from) / (to - from || 1)) * (end - start);
}

/** @param {number} pixels */
const short = (pixels) => String(Math.round(pixels * 10) / 10);

/**
 * A line through points. Where `y` is `null` it is interrupted.
 * @param {{ x: number, y: number | null }[]} points
 */
export function linePath(points) {
  let path = "";
  let pen = "M";
  for (const { x, y } of points) {
    if (y === null) {
      pen = "M";
      continue;
    }
    path += `${pen}${short(x)} ${short(y)}`;
    pen = "L";
  }
  return path;
}

/**
 * The area between two lines.
 * @param {{ x: number, low: number, high: number }[]} points
 */
export function areaPath(points) {
  if (points.length === 0) return "";
  const upper = points.map(({ x, high }) => `${short(x)} ${short(high)}`);
  const lower = points.toReversed().map(({ x, low }) => `${short(x)} ${short(low)}`);
  return `M${[...upper, ...lower].join("L")}Z`;
}

/**
 * Several values on top of each other, in the order of the keys.
 * @template {number | string} Key
 * @param {Partial<Record<Key, number>>} values
 * @param {Key[]} keys
 * @returns {{ low: number, high: number }[]}
 */
export function stack(values, keys) {
  let top = 0;
  return keys.map((key) => {
    const low = top;
    top += values[key] ?? 0;
    return { low, high: top };
  });
}
