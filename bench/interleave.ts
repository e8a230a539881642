/** Measures each side once a round, in turns that reverse, and gives the ratio of every round. */
export const ratiosOf = async (
  ours: () => Promise<number>,
  baseline: () => Promise<number>,
  rounds: number,
): Promise<number[]> => {
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const first = round % 2 === 0 ? await ours() : undefined;
    const base = await baseline();
    ratios.push((first ?? (await ours())) / base);
  }
  return ratios;
};

/** Seconds that a piece of work takes. */
export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const startNs = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - startNs) / 1e9;
};
