import { createLmdbBus } from '../../shared/adapters/lmdb/lmdb-bus.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { describeBus, describeTurns } from './bus-contract.ts';

const openBus = () => createLmdbBus({ path: tempFolder(), nowMs: Date.now });

describeBus('lmdb', openBus);
describeTurns('lmdb', openBus);
