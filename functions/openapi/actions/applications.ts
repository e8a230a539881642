import type { Actions } from '../action.ts';

export const applicationActions: Actions = {};
