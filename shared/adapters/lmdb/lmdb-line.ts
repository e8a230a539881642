import type { Database } from 'lmdb';

/**
 * Places in the line grow from run to run. A block of them is set aside at a time, so that a run that
 * ends in it leaves a gap and never gives one out twice.
 */
export function createLine(line: Database<number, string>): () => number {
  let last = line.get(SET_ASIDE) ?? 0;
  let setAside = last;
  return () => {
    if (last === setAside) {
      line.putSync(SET_ASIDE, setAside + PLACES_SET_ASIDE);
      // Only now: a full disk throws above, and no place may be given out that is not set aside.
      setAside += PLACES_SET_ASIDE;
    }
    last += 1;
    return last;
  };
}

const SET_ASIDE = 'set-aside';
const PLACES_SET_ASIDE = 100_000;
