/** One line of a plot. */
export interface Series {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** What a plot shows. */
export interface Plot {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

/** What an axis says. */
export interface Axis {
  readonly label: string;
  /** `log` leaves out what is not above 0; `counts` is logarithmic from 1 on, with 0 in a place of its own below. */
  readonly scale: 'linear' | 'log' | 'counts';
}

const width = 760;
const height = 420;
const area = { left: 76, right: 560, top: 48, bottom: 360 };
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#555555'];
const dashes = ['', '6 3', '2 3', '8 3 2 3', '4 4', '1 3', '10 4'];

interface Mapping {
  readonly ticks: readonly number[];
  readonly at: (value: number) => number;
}

/** A line plot as a complete SVG document: axes with ticks, grid, labels and a legend. */
export function linePlot({ title, x, y, series }: Plot): string {
  const shown = series.map((line) => ({
    label: line.label,
    points: line.points.filter(([px, py]) => (x.scale !== 'log' || px > 0) && (y.scale !== 'log' || py > 0)),
  }));
  const points = shown.flatMap((line) => line.points);
  const xs = mapping(
    points.map(([px]) => px),
    x.scale,
    area.left,
    area.right,
  );
  const ys = mapping(
    points.map(([, py]) => py),
    y.scale,
    area.bottom,
    area.top,
  );
  const middle = (area.top + area.bottom) / 2;
  const centre = (area.left + area.right) / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${area.left}" y="26" font-size="16">${escapeXml(title)}</text>`,
    ...xs.ticks.map((tick) => xTick(tick, xs.at(tick))),
    ...ys.ticks.map((tick) => yTick(tick, ys.at(tick))),
    `<path d="M${area.left} ${area.top}V${area.bottom}H${area.right}" fill="none" stroke="#222222"/>`,
    `<text x="${centre}" y="${area.bottom + 42}" text-anchor="middle">${escapeXml(x.label)}</text>`,
    `<text transform="translate(20 ${middle}) rotate(-90)" text-anchor="middle">${escapeXml(y.label)}</text>`,
    ...shown.map((line, index) => drawn(line, index, xs, ys)),
    '</svg>\n',
  ].join('\n');
}

function drawn({ label, points }: Series, index: number, xs: Mapping, ys: Mapping): string {
  const colour = colours[index % colours.length] ?? '#000000';
  const dash = dashes[index % dashes.length] ?? '';
  const style = `stroke="${colour}" stroke-width="2"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}`;
  const places = points.map(([px, py]) => `${round(xs.at(px))},${round(ys.at(py))}`);
  const legendY = area.top + 10 + index * 22;
  return [
    `<polyline points="${places.join(' ')}" fill="none" ${style}/>`,
    ...places.map((place) => {
      const [cx, cy] = place.split(',');
      return `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`;
    }),
    `<path d="M${area.right + 16} ${legendY}h28" ${style}/>`,
    `<text x="${area.right + 50}" y="${legendY + 4}">${escapeXml(label)}</text>`,
  ].join('\n');
}

function xTick(value: number, at: number): string {
  return `<path d="M${round(at)} ${area.top}V${area.bottom}" stroke="#e4e4e4"/><text x="${round(at)}" y="${area.bottom + 20}" text-anchor="middle">${textOf(value)}</text>`;
}

function yTick(value: number, at: number): string {
  return `<path d="M${area.left} ${round(at)}H${area.right}" stroke="#e4e4e4"/><text x="${area.left - 8}" y="${round(at) + 4}" text-anchor="end">${textOf(value)}</text>`;
}

function mapping(values: readonly number[], scale: Axis['scale'], from: number, to: number): Mapping {
  const ticks = ticksOf(values, scale);
  const project = (value: number): number => {
    if (scale === 'linear') return value;
    return value === 0 ? -1 : Math.log10(value);
  };
  const low = project(ticks[0] ?? 0);
  const span = project(ticks.at(-1) ?? 1) - low || 1;
  return { ticks, at: (value) => from + ((project(value) - low) / span) * (to - from) };
}

function ticksOf(values: readonly number[], scale: Axis['scale']): readonly number[] {
  if (scale === 'linear') return linearTicks(values);
  return scale === 'log' ? logTicks(values) : [0, ...logTicks([1, ...values.filter((value) => value > 1)])];
}

/** The powers of ten around the values. */
function logTicks(values: readonly number[]): readonly number[] {
  const low = Math.floor(Math.log10(Math.min(...values, 1e9)) + 1e-9);
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values, 1e-9)) - 1e-9));
  return Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
}

/** From 0 in steps of 1, 2 or 5 times a power of ten, at most ten of them. */
function linearTicks(values: readonly number[]): readonly number[] {
  const high = Math.max(...values, 1e-9);
  const power = 10 ** Math.floor(Math.log10(high / 5));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => high / size <= 10) ?? high;
  return Array.from({ length: Math.max(1, Math.ceil(high / step - 1e-9)) + 1 }, (_, i) => i * step);
}

function textOf(value: number): string {
  return value >= 10_000 ? value.toExponential(0).replace('e+', 'e') : String(Number(value.toPrecision(6)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
