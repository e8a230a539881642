import { createMemoryStore } from '../../shared/adapters/memory/memory-store.ts';
import { describeTable } from './table-contract.ts';

describeTable('memory', (nowMs) => createMemoryStore({ nowMs }));
