/** Milliseconds to wait as a log-normal distribution has them: half of the draws below `median`, 1 in 100 above `p99`. */
export interface Latency {
  readonly median: number;
  readonly p99: number;
  /** With it the wait follows from seed, order number and how many cancels that order met; without it from chance. */
  readonly seed?: number;
}

/** The standard normal quantile of 0.99. */
const Z_99 = 2.3263;

/** A draw is one of so many millionths: the share of all waits that are shorter than this one. */
export const DRAWS = { min: 1, max: 999_999 };

/** The milliseconds that the share `quantile` of all draws stays below, from 0 to `cap`. */
export function latencyAt({ median, p99 }: Latency, quantile: number, cap: number): number {
  const sigma = Math.log(p99 / median) / Z_99;
  return Math.min(cap, Math.round(median * Math.exp(sigma * standardNormalQuantile(quantile))));
}

/** Of P. J. Acklam's rational approximation of the normal quantile, relative error below 1.15e-9. */
const A = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
] as const;
const B = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1,
  1,
] as const;
const C = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
] as const;
const D = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1] as const;

/** Below it, and above 1 less it, the tails begin. */
const TAIL = 0.02425;

function standardNormalQuantile(p: number): number {
  if (p > 1 - TAIL) return -standardNormalQuantile(1 - p);
  if (p < TAIL) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(C, q) / polynomial(D, q);
  }
  const q = p - 0.5;
  return (q * polynomial(A, q * q)) / polynomial(B, q * q);
}

/** The coefficient of the highest power comes first. */
const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
