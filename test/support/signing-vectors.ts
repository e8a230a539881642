import vectors from '../vectors/signing.json' with { type: 'json' };

/** The vector of that name; its provenance is in the file. */
export const deviceVector = (name: string) => find(vectors.device, name);

export const openapiVector = (name: string) => find(vectors.openapi, name);

const find = <Vector extends { name: string }>(list: readonly Vector[], name: string): Vector => {
  const vector = list.find((candidate) => candidate.name === name);
  if (vector === undefined) throw new Error(`there is no vector named ${name}`);
  return vector;
};

export const deviceVectors = vectors.device;
