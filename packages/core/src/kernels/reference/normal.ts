/**
 * The quantile of the standard normal distribution at `p`, strictly between 0 and 1; relative error about 1e-16.
 * Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988), PPND16.
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    const above =
      ((((((2509.0809287301227 * r + 33430.57558358813) * r + 67265.7709270087) * r + 45921.95393154987) * r +
        13731.69376550946) *
        r +
        1971.5909503065513) *
        r +
        133.14166789178438) *
        r +
      3.3871328727963665;
    const below =
      ((((((5226.495278852546 * r + 28729.085735721943) * r + 39307.89580009271) * r + 21213.794301586597) * r +
        5394.196021424751) *
        r +
        687.1870074920579) *
        r +
        42.31333070160091) *
        r +
      1;
    return (q * above) / below;
  }
  return q < 0 ? -tail(p) : tail(1 - p);
}

/** The upper quantile of a small tail `p`. */
function tail(p: number): number {
  const r = Math.sqrt(-Math.log(p));
  if (r <= 5) {
    const s = r - 1.6;
    const above =
      ((((((0.0007745450142783414 * s + 0.022723844989269184) * s + 0.2417807251774506) * s + 1.2704582524523684) * s +
        3.6478483247632045) *
        s +
        5.769497221460691) *
        s +
        4.630337846156546) *
        s +
      1.4234371107496835;
    const below =
      ((((((1.0507500716444169e-9 * s + 0.0005475938084995345) * s + 0.015198666563616457) * s + 0.14810397642748008) *
        s +
        0.6897673349851) *
        s +
        1.6763848301838038) *
        s +
        2.053191626637759) *
        s +
      1;
    return above / below;
  }
  const s = r - 5;
  const above =
    ((((((2.0103343992922881e-7 * s + 2.7115555687434876e-5) * s + 0.0012426609473880784) * s + 0.026532189526576124) *
      s +
      0.29656057182850487) *
      s +
      1.7848265399172913) *
      s +
      5.463784911164114) *
      s +
    6.657904643501103;
  const below =
    ((((((2.0442631033899397e-15 * s + 1.421511758316446e-7) * s + 1.8463183175100548e-5) * s + 0.0007868691311456133) *
      s +
      0.014875361290850615) *
      s +
      0.1369298809227358) *
      s +
      0.599832206555888) *
      s +
    1;
  return above / below;
}

/** Beyond it, tails are below the smallest number. */
const FARTHEST = 39;

/**
 * The cumulative distribution function of the standard normal distribution; its lower tail keeps full relative accuracy.
 * Cody, "Algorithm 715: SPECFUN", ACM Transactions on Mathematical Software 19 (1993), ANORM.
 */
export function normalCdf(x: number): number {
  const y = Math.abs(x);
  if (y <= CENTER) return central(x);
  const lower = lowerTail(y, 1);
  return x < 0 ? lower : 1 - lower;
}

/** x·Φ(x), with full relative accuracy also where Φ(x) itself would be rounded as a subnormal number. */
export function gelu(x: number): number {
  const y = Math.abs(x);
  if (y <= CENTER) return x * central(x);
  const lower = lowerTail(y, y);
  return x < 0 ? -lower : x - lower;
}

/** The upper quartile. */
const CENTER = 0.67448975;

/** Φ(x) between the quartiles. */
function central(x: number): number {
  const s = x * x;
  const above =
    ((((0.06568233791820745 * s + 2.2352520354606837) * s + 161.02823106855587) * s + 1067.6894854603709) * s +
      18154.98125334356) *
    x;
  const below = (((s + 47.202581904688245) * s + 976.0985517377767) * s + 10260.932208618979) * s + 45507.78933502673;
  return 0.5 + above / below;
}

/** Φ(−y)·factor for y above the center; NaN for NaN. */
function lowerTail(y: number, factor: number): number {
  return y <= 5.656854249492381 ? lowerNear(y, factor) : y >= FARTHEST ? 0 : lowerFar(y, factor);
}

function lowerNear(y: number, factor: number): number {
  const above =
    (((((((1.0765576773720192e-8 * y + 0.39894151208813466) * y + 8.883149794388377) * y + 93.50665613217785) * y +
      597.2702763948002) *
      y +
      2494.5375852903726) *
      y +
      6848.190450536283) *
      y +
      11602.65143764735) *
      y +
    9842.714838383978;
  const below =
    (((((((y + 22.266688044328117) * y + 235.387901782625) * y + 1519.3775994075547) * y + 6485.558298266761) * y +
      18615.571640885097) *
      y +
      34900.95272114598) *
      y +
      38912.00328609327) *
      y +
    19685.429676859992;
  return gaussian(y, (factor * above) / below);
}

function lowerFar(y: number, factor: number): number {
  const s = 1 / (y * y);
  const above =
    ((((0.023073441764940174 * s + 0.215898534057957) * s + 0.12740116116024736) * s + 0.022235277870649807) * s +
      0.0014216191932278934) *
      s +
    2.9112874951168793e-5;
  const below =
    ((((s + 1.284260096144911) * s + 0.4682382124808651) * s + 0.06598813786892856) * s + 0.0037823963320275824) * s +
    7.297515550839662e-5;
  return gaussian(y, ((0.3989422804014327 - (s * above) / below) * factor) / y);
}

/**
 * exp(-y²/2)·factor without the rounding of y²: y is split into sixteenths, whose square is exact, and a small rest. The exponential comes
 * in two halves, so that a tiny result is rounded once.
 */
function gaussian(y: number, factor: number): number {
  const coarse = Math.trunc(y * 16) / 16;
  const half = Math.exp(-coarse * coarse * 0.25);
  return half * (half * (Math.exp(-(y - coarse) * (y + coarse) * 0.5) * factor));
}
