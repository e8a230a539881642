import type { Property, Service, ThingEvent } from '../../model/tsl.ts';

/**
 * A thing model as it may be imported: what thing-model.schema.json lets pass. More lenient than the
 * model: numbers in specs need not be strings, and what has a natural default may be absent.
 */
export type ThingModelDocument = {
  schema?: string;
  profile: { productKey: string; version?: string };
  functionBlockId?: string;
  functionBlockName?: string;
  properties?: readonly PropertyDocument[];
  events?: readonly EventDocument[];
  services?: readonly ServiceDocument[];
};

export type PropertyDocument = Described & {
  accessMode: Property['accessMode'];
  dataType: DataTypeDocument;
};

export type EventDocument = Described & {
  type: ThingEvent['type'];
  method?: string;
  outputData?: readonly ParameterDocument[];
};

export type ServiceDocument = Described & {
  callType?: Service['callType'];
  method?: string;
  inputData?: readonly ParameterDocument[];
  outputData?: readonly ParameterDocument[];
};

type Described = { identifier: string; name: string; desc?: string; required?: boolean };

export type ParameterDocument = { identifier: string; name: string; dataType: DataTypeDocument };

export type DataTypeDocument =
  | { type: 'int' | 'float' | 'double'; specs: NumberSpecsDocument }
  | { type: 'text'; specs: { length: NumberText } }
  | { type: 'date' }
  | { type: 'bool' | 'enum'; specs: Readonly<Record<string, string>> }
  | { type: 'struct'; specs: readonly ParameterDocument[] }
  | { type: 'array'; specs: { size: NumberText; item: ItemDocument } };

export type NumberSpecsDocument = {
  min?: NumberText;
  max?: NumberText;
  step?: NumberText;
  unit?: string;
  unitName?: string;
};

export type ItemDocument =
  | { type: 'int' | 'float' | 'double' | 'text' }
  | { type: 'struct'; specs: readonly ParameterDocument[] };

export type NumberText = string | number;
