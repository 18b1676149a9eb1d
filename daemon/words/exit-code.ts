/** From the worst to none (cli.md, exit codes): 5 evidence, 4 trust, 1 fault, 2 usage, 6 cannot tell, 3 decide. */
const ORDER = [5, 4, 1, 2, 6, 3, 0];
const FAULT = 1;

/** @returns the worst of several exit codes; a code that tofu doesn't have counts as a fault. */
export function worstExit(codes: readonly number[]): number {
  const known = codes.map((code) => (ORDER.includes(code) ? code : FAULT));
  return ORDER.find((code) => known.includes(code)) ?? 0;
}
