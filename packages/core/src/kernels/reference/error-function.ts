// erf and erfc after fdlibm's s_erf.c (Sun Microsystems, 1993): rational approximations on five intervals, error below
// one unit in the last place. Coefficients run from the lowest power.

const SMALL_ABOVE = [
  0.12837916709551256, -0.3250421072470015, -0.02848174957559851, -0.005770270296489442, -0.000023763016656650163,
];
const SMALL_BELOW = [
  1, 0.39791722395915535, 0.0650222499887673, 0.005081306281875766, 0.00013249473800432164, -0.000003960228278775368,
];

/** erf(1), rounded to single precision: what the approximation around 1 is an offset from. */
const ERF_1 = 0.8450629115104675;
const NEAR_1_ABOVE = [
  -0.0023621185607526594, 0.41485611868374833, -0.3722078760357013, 0.31834661990116175, -0.11089469428239668,
  0.035478304325618236, -0.002166375594868791,
];
const NEAR_1_BELOW = [
  1, 0.10642088040084423, 0.540397917702171, 0.07182865441419627, 0.12617121980876164, 0.01363708391202905,
  0.011984499846799107,
];

const MIDDLE_ABOVE = [
  -0.009864944034847148, -0.6938585727071818, -10.558626225323291, -62.375332450326006, -162.39666946257347,
  -184.60509290671104, -81.2874355063066, -9.814329344169145,
];
const MIDDLE_BELOW = [
  1, 19.651271667439257, 137.65775414351904, 434.56587747522923, 645.3872717332679, 429.00814002756783,
  108.63500554177944, 6.570249770319282, -0.0604244152148581,
];

const LARGE_ABOVE = [
  -0.0098649429247001, -0.799283237680523, -17.757954917754752, -160.63638485582192, -637.5664433683896,
  -1025.0951316110772, -483.5191916086514,
];
const LARGE_BELOW = [
  1, 30.33806074348246, 325.7925129965739, 1536.729586084437, 3199.8582195085955, 2553.0504064331644,
  474.52854120695537, -22.44095244658582,
];

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + coefficients[i]!;
  return sum;
}

/** Below this erf is x + x·y, with y a rational function of x². */
const SMALL = 0.84375;
/** Below this, an offset from erf(1). */
const NEAR_1 = 1.25;

const small = (x: number): number => polynomial(SMALL_ABOVE, x * x) / polynomial(SMALL_BELOW, x * x);
const near1 = (x: number): number => polynomial(NEAR_1_ABOVE, x - 1) / polynomial(NEAR_1_BELOW, x - 1);

/** erfc(x) for x ≥ 1.25. */
function tail(x: number): number {
  const s = 1 / (x * x);
  const inMiddle = x < 1 / 0.35;
  const ratio = inMiddle
    ? polynomial(MIDDLE_ABOVE, s) / polynomial(MIDDLE_BELOW, s)
    : polynomial(LARGE_ABOVE, s) / polynomial(LARGE_BELOW, s);
  // e^(−x²) in two factors: z has so few digits that z² is exact.
  const z = Math.fround(x);
  return (Math.exp(-z * z - 0.5625) * Math.exp((z - x) * (z + x) + ratio)) / x;
}

/** Error function 2/√π ∫₀ˣ e^(−t²) dt. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size < SMALL) return x + x * small(x);
  const value = size < NEAR_1 ? ERF_1 + near1(size) : size < 6 ? 1 - tail(size) : 1;
  return Number.isNaN(x) ? x : x < 0 ? -value : value;
}

/** Complementary error function 1 − erf(x), without its cancellation. */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return x;
  const size = Math.abs(x);
  if (size < SMALL) return x < 0.25 ? 1 - (x + x * small(x)) : 0.5 - (x - 0.5 + x * small(x));
  if (size < NEAR_1) return x > 0 ? 1 - ERF_1 - near1(size) : 1 + ERF_1 + near1(size);
  if (x > 0) return x < 28 ? tail(x) : 0;
  return x > -6 ? 2 - tail(size) : 2;
}
