import { createLmdbBus } from '../../shared/adapters/lmdb/lmdb-bus.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { describeBus } from './bus-contract.ts';

describeBus('lmdb', () => createLmdbBus({ path: tempFolder(), nowMs: Date.now }));
