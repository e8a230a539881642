import type { Actions } from '../action.ts';

export const registrationActions: Actions = {};
