/** A thing model in the TSL JSON of the platform (protocol.md 5.1, 5.2). Numbers in specs are strings there. */
export type ThingModel = {
  schema?: string;
  profile: { productKey: string; version?: string };
  functionBlockId?: string;
  functionBlockName?: string;
  properties: readonly Property[];
  events: readonly ThingEvent[];
  services: readonly Service[];
};

export type Property = {
  identifier: string;
  name: string;
  desc?: string;
  accessMode: 'r' | 'rw' | 'w';
  required: boolean;
  dataType: DataType;
};

export type ThingEvent = {
  identifier: string;
  name: string;
  desc?: string;
  type: 'info' | 'alert' | 'error';
  required: boolean;
  method: string;
  outputData: readonly Parameter[];
};

export type Service = {
  identifier: string;
  name: string;
  desc?: string;
  required: boolean;
  callType: 'sync' | 'async';
  method: string;
  /** Strings are identifiers, as in the generated service `get`. */
  inputData: readonly (Parameter | string)[];
  outputData: readonly Parameter[];
};

export type Parameter = { identifier: string; name: string; dataType: DataType };

export type NumberSpecs = {
  min?: string;
  max?: string;
  step?: string;
  unit?: string;
  unitName?: string;
};

export type DataType =
  | { type: 'int' | 'float' | 'double'; specs: NumberSpecs }
  | { type: 'text'; specs: { length: string } }
  | { type: 'date'; specs: Readonly<Record<string, string>> }
  | { type: 'bool' | 'enum'; specs: Readonly<Record<string, string>> }
  | { type: 'struct'; specs: readonly Parameter[] }
  | { type: 'array'; specs: { size: string; item: ArrayItem } };

export type ArrayItem =
  | { type: 'int' | 'float' | 'double' | 'text' }
  | { type: 'struct'; specs: readonly Parameter[] };
