import { createMemoryBus } from '../../shared/adapters/memory/memory-bus.ts';
import { describeBus, describeTurns } from './bus-contract.ts';

const openBus = () => createMemoryBus({ nowMs: Date.now });

describeBus('memory', openBus);
describeTurns('memory', openBus);
