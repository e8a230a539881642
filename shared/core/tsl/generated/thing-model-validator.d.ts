// Made by infra/build/generate-validators.mjs. Do not edit.
import type { ThingModelDocument } from '../thing-model-document.ts';

export type SchemaError = {
  keyword: string;
  instancePath: string;
  message?: string;
  params: Readonly<Record<string, unknown>>;
};

/** Leaves what it found wrong in `errors`. */
export declare const validateThingModel: {
  (document: unknown): document is ThingModelDocument;
  errors?: readonly SchemaError[] | null;
};
