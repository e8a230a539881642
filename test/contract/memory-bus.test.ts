import { createMemoryBus } from '../../shared/adapters/memory/memory-bus.ts';
import { describeBus } from './bus-contract.ts';

describeBus('memory', () => createMemoryBus({ nowMs: Date.now }));
